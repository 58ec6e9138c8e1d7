//! Names: of the dataset, and of the file in the project.

use std::path::Path;

/// Longest dataset name that is made of a file name.
const LONGEST: usize = 40;

/// The dataset name that a file name gives: lower case letters, digits, `-` and `_`.
pub fn dataset(file: &Path) -> String {
    let name = file.file_name().map(|n| n.to_string_lossy().to_lowercase()).unwrap_or_default();
    let plain = [".gz", ".zst", ".zip"].iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(&name);
    let stem = plain.rsplit_once('.').map_or(plain, |(stem, _)| if stem.is_empty() { plain } else { stem });
    let found = word(stem);
    if found.is_empty() { "table".to_owned() } else { found }
}

/// A text as a word for file names; empty where nothing of it can stand there.
pub fn word(text: &str) -> String {
    let mut found = String::new();
    for c in text.to_lowercase().chars() {
        match c {
            'a'..='z' | '0'..='9' | '_' => found.push(c),
            _ if !latin(c).is_empty() => found.push_str(latin(c)),
            _ if !found.ends_with('-') => found.push('-'),
            _ => {}
        }
    }
    let found = found.trim_start_matches(['-', '_']);
    found.get(..LONGEST).unwrap_or(found).trim_end_matches(['-', '_']).to_owned()
}

/// Letters of western languages in ASCII.
fn latin(c: char) -> &'static str {
    match c {
        'ä' | 'æ' => "ae",
        'ö' | 'ø' | 'œ' => "oe",
        'ü' => "ue",
        'ß' => "ss",
        'à' | 'á' | 'â' | 'ã' | 'å' => "a",
        'ç' | 'č' | 'ć' => "c",
        'è' | 'é' | 'ê' | 'ë' | 'ě' => "e",
        'ì' | 'í' | 'î' | 'ï' => "i",
        'ñ' | 'ń' => "n",
        'ò' | 'ó' | 'ô' | 'õ' => "o",
        'ù' | 'ú' | 'û' | 'ů' => "u",
        'ý' | 'ÿ' => "y",
        'š' | 'ś' => "s",
        'ž' | 'ź' | 'ż' => "z",
        _ => "",
    }
}

/// The name under which a file lies in the project: no sign that means something in dvc.yaml, a shell or a pattern.
pub fn stored(file: &Path) -> String {
    let name = file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let safe = |c: char| if c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '+') { c } else { '_' };
    let name: String = name.chars().map(safe).collect();
    let name = name.trim_start_matches(['.', '-']);
    if name.is_empty() { "table.csv".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_become_names_of_datasets() {
        for (file, dataset_name, stored_name) in [
            ("x/adult.data.gz", "adult", "adult.data.gz"),
            ("Hotel Bookings (final).csv", "hotel-bookings-final", "Hotel_Bookings__final_.csv"),
            ("größe_2024.tsv", "groesse_2024", "größe_2024.tsv"),
            ("таблица.csv", "table", "таблица.csv"),
            (".csv", "csv", "csv"),
            ("a*[b]${c}.csv.zip", "a-b-c", "a__b___c_.csv.zip"),
            ("2024.parquet", "2024", "2024.parquet"),
        ] {
            assert_eq!(dataset(Path::new(file)), dataset_name, "{file}");
            assert_eq!(stored(Path::new(file)), stored_name, "{file}");
        }
    }
}
