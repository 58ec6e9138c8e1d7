//! Rows to predict, written as the source is or in another way: the answers are the same.

use crate::sandbox::{Ran, Sandbox, from_csv};

const ROWS: usize = 60;

/// Rows of a number, a level and the target.
fn rows() -> Vec<[String; 3]> {
    let row = |at: usize| {
        let (a, level) = (at * 7 % 23, ["red", "green", "blue"][at % 3]);
        [format!("{a}.5"), level.to_owned(), if a + at % 3 > 11 { "yes" } else { "no" }.to_owned()]
    };
    (0..ROWS).map(row).collect()
}

/// The rows below some lines, with the first columns of each.
fn written(before: &str, delimiter: &str, columns: usize) -> String {
    rows().iter().fold(before.to_owned(), |text, row| text + &row[..columns].join(delimiter) + "\n")
}

/// A trained project whose source is written so.
fn trained(keys: &str, source: &str) -> Sandbox {
    let project = Sandbox::table(source, "{column: y, positive: \"yes\"}");
    project.edit("configs/config.yaml", "table.csv\n", &format!("table.csv\n{keys}"));
    project.write("configs/train.yaml", "train: {folds: 3, algorithms: {lr: {}}}\n");
    project.stages("evaluate");
    project
}

/// What stands under the names of answers, row by row.
fn answers(ran: &Ran, what: &str) -> Vec<Vec<String>> {
    assert_eq!(ran.code, 0, "{what}: {}", ran.stderr);
    let (header, rows) = from_csv(&ran.stdout);
    let from = header.iter().position(|name| name == "prediction").unwrap();
    rows.into_iter().map(|row| row[from..].to_vec()).collect()
}

#[test]
fn rows_are_read_as_the_source_is_or_as_they_look() {
    let preamble = "Exported 2024-01-31\nfor: you, me; all\n";
    let head = |delimiter: &str, columns: usize| ["a", "c", "y"][..columns].join(delimiter) + "\n";
    let with_lines = format!("{preamble}{}", written(&head(";", 3), ";", 3));
    let (plain, no_target) = (written(&head(",", 3), ",", 3), written(&head(",", 2), ",", 2));
    let other_signs =
        [written(&head(";", 3), ";", 3), written(&head("\t", 2), "\t", 2), written(&head("|", 3), "|", 3)];
    let bare = [written("", ",", 3), written("", ",", 2), written("", ";", 2)];
    // A line that is as long as a row is no row where the source has it too.
    let odd = "of,two,hearts\n";
    let names = "      header: false\n      names: [a, c, y]\n";
    for (keys, source, more) in [
        ("      skip_lines: 2\n      delimiter: \";\"\n", with_lines.clone(), vec![with_lines]),
        ("", plain.clone(), vec![format!("{preamble}{plain}")]),
        (names, written("", ",", 3), [&bare[..], &[format!("{preamble}{}", written("", ",", 3))]].concat()),
        (
            "      skip_lines: 1\n      header: false\n      names: [a, c, y]\n",
            written(odd, ",", 3),
            [&bare[..], &[written(odd, ",", 3)]].concat(),
        ),
        (
            "      names: [a, c, y]\n",
            written("a,c.,c.\n", ",", 3),
            vec![written("a,c.,c.\n", ",", 3), written("a,c.\n", ",", 2)],
        ),
    ] {
        let project = trained(keys, &source);
        let expected = answers(&project.pipe(&["predict", "-i", "-"], &plain), "plain");
        assert_eq!(expected.len(), ROWS);
        for text in [&plain, &no_target].into_iter().chain(&other_signs).chain(&more) {
            let what = format!("{keys}{}", &text[..40]);
            project.write("new.csv", text);
            let file = project.run(&["predict", "-i", "new.csv"]);
            assert!(answers(&file, &what) == expected, "{what}: other answers");
            let pipe = project.pipe(&["predict", "-i", "-"], text);
            assert!(answers(&pipe, &what) == expected, "{what}: other answers from standard input");
        }
        let device = project.pipe(&["predict", "-i", "/dev/stdin"], &plain);
        assert!(answers(&device, keys) == expected, "{keys}: other answers from a device");
    }
}

#[test]
fn names_in_place_of_a_header_are_for_that_header_alone() {
    let indexed = |head: &str, columns: &[usize]| {
        let row = |(at, row): (usize, &[String; 3])| {
            let fields: Vec<&str> = columns.iter().map(|column| row[*column].as_str()).collect();
            format!("{at},{},\n", fields.join(","))
        };
        format!("{head}\n") + &rows().iter().enumerate().map(row).collect::<String>()
    };
    let source = indexed(",a,a,y,", &[0, 1, 2]);
    let project = trained("      names: [index, a, a_2, y, column_5]\n", &source);
    project.write("configs/features.yaml", "features: {drop: [index, column_5], learned: [{scale: {columns: numeric, method: standard}}, {encode: {columns: categorical, method: onehot}}]}\n");
    project.stages("evaluate");
    let named = written("a,a_2,y\n", ",", 3);
    let expected = answers(&project.pipe(&["predict", "-i", "-"], &named), "names");
    let new_rows = [
        source.clone(),
        indexed(",a,a,", &[0, 1]),
        indexed("index,a_2,a,", &[1, 0]),
        written("a,a,y\n", ",", 3),
        written("a;a\n", ";", 2),
    ];
    let answer_all = || {
        for text in &new_rows {
            assert!(answers(&project.pipe(&["predict", "-i", "-"], text), text) == expected, "{text}: other answers");
        }
    };
    answer_all();
    for head in ["weight,temp,colour,sold,", "n,b,d,y,", ",a,b,y,", ",temp,colour,y,"] {
        let ran = project.pipe(&["predict", "-i", "-"], &indexed(head, &[0, 1, 2]));
        assert_eq!((ran.code, ran.stdout.as_str()), (3, ""), "{head}: {}", ran.stderr);
    }
    let foreign = indexed("n,temp,colour,sold,", &[0, 1, 2]);
    project.pipe(&["predict", "-i", "-"], &foreign).refused(3, "required columns `a`, `a_2` not found");
    // Without the table itself, its header is repaired as `init` does.
    std::fs::remove_file(project.path("data/external/table.csv")).unwrap();
    answer_all();
}

#[test]
fn rows_that_fit_in_no_way_are_refused_with_what_there_is() {
    let project = trained("", &written("a,c,y\n", ",", 3));
    for (text, message) in [
        ("a;d\n1;2\n", "required column `c` not found"),
        ("p;q\n1;2\n", "required columns `a`, `c` not found"),
        ("a c\n1 red\n", "one column found: `a c`; if it is several, write"),
        ("a,c\n1,red\n2\n", "line 3: 1 fields found, 2 expected"),
    ] {
        let ran = project.pipe(&["predict", "-i", "-"], text);
        ran.refused(3, message);
        assert!(!ran.stderr.contains("config.yaml"), "{}", ran.stderr);
        project.write("new.csv", text);
        project.run(&["predict", "-i", "new.csv"]).refused(3, message);
    }
    let bare = trained("      header: false\n      names: [a, c, y]\n", &written("", ",", 3));
    for header in ["size,colour,sold\n", "size,colour\n"] {
        let text = written(header, ",", header.split(',').count());
        let says = "the first row looks like a header, with `size` where numbers must be";
        bare.pipe(&["predict", "-i", "-"], &text).refused(3, says);
    }
}
