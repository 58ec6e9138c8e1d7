use super::*;
use crate::yaml::parse;

fn clean(params: &str, text: &str) -> String {
    let params: Params = parse(params, "c.yaml").unwrap().to().unwrap();
    let (texts, _) = params.all(&[Some(text)]);
    texts.get(0).unwrap_or("-").to_owned()
}

#[test]
fn texts_come_into_one_form() {
    for (text, expected) in [
        ("Great   Tablet!\r\n Love it", "great tablet! love it"),
        ("sooooo goooood 1000000 !!!!", "soo good 1000000 !!!!"),
        ("caf&eacute; &amp; bar &lt;br /&gt;ok &#39;x&#x27; &nope;", "café & bar ok 'x' &nope;"),
        ("<p>one</p><br/>two<!-- a > b -->three", "one two three"),
        ("I <3 it, a < b and b > c <unclosed", "i <3 it, a < b and b > c <unclosed"),
        ("see https://x.y/z?a=b, or (WWW.shop.com) now", "see or ( now"),
        ("awww.so cute http:// ftp://a", "aww.so cute"),
        ("mail me: Jo.Do+x@mail.example.com. Or @home a@b", "mail me: . or @home a@b"),
        ("don\u{fffd}t\u{0}stop\u{7}", "don t stop"),
        ("\u{feff}a\u{200b}b\u{202e}c\u{ad}d 👩\u{200d}💻", "abcd 👩\u{200d}💻"),
        ("ﬁne Ｗｉｄｅ e\u{301} x²", "fine wide é x2"),
        ("ÇOK İYİ straße ÑAAAAÑ", "çok i\u{307}yi\u{307} straße ñaañ"),
        (" \u{a0}\t\n ", "-"),
        ("<br>", "-"),
        ("http://only.a/link", "-"),
        ("日本語テスト", "日本語テスト"),
    ] {
        assert_eq!(clean("{columns: [x]}", text), expected, "{text:?}");
    }
}

#[test]
fn each_pass_can_be_left_out() {
    let all = "html: false, unicode: false, control: false, urls: false, emails: false, lowercase: false, \
               max_repeats: null, whitespace: false";
    let text = " A&amp;<b>ﬁ\u{0}\u{200b} http://a.b a@b.cc  sooo ";
    assert_eq!(clean(&format!("{{columns: [x], {all}}}"), text), text);
    for (name, expected) in [
        ("html", " A& ﬁ\u{0}\u{200b} http://a.b a@b.cc  sooo "),
        ("unicode", " A&amp;<b>fi\u{0}\u{200b} http://a.b a@b.cc  sooo "),
        ("control", " A&amp;<b>ﬁ  http://a.b a@b.cc  sooo "),
        ("urls", " A&amp;<b>ﬁ\u{0}\u{200b}   a@b.cc  sooo "),
        ("emails", " A&amp;<b>ﬁ\u{0}\u{200b} http://a.b    sooo "),
        ("lowercase", " a&amp;<b>ﬁ\u{0}\u{200b} http://a.b a@b.cc  sooo "),
        ("whitespace", "A&amp;<b>ﬁ\u{0}\u{200b} http://a.b a@b.cc sooo"),
    ] {
        let params = all.replace(&format!("{name}: false"), &format!("{name}: true"));
        assert_eq!(clean(&format!("{{columns: [x], {params}}}"), text), expected, "{name}");
    }
    assert_eq!(
        clean(&format!("{{columns: [x], {}}}", all.replace("max_repeats: null", "max_repeats: 1")), "sooo"),
        "so"
    );
}

#[test]
fn counts_are_told_and_levels_stay_levels() {
    let Step::ColumnFix(fix) = build(&parse("{columns: [t, c]}", "c.yaml").unwrap()).unwrap() else { panic!() };
    let mut table = Table::new(vec![
        Column::text("t", ["a", "B", "<p>"].into_iter().map(Some).chain([None]).take(4).collect()),
        Column::category("c", [Some("New "), Some("new"), None, Some("old")]),
    ]);
    let notes = fix.apply(&mut table).unwrap();
    assert_eq!(notes, ["t: 2 of 3 texts cleaned, 1 to nothing", "c: 1 of 3 texts cleaned"]);
    let Values::Category(levels) = &table.columns()[1].values else { panic!() };
    assert_eq!((levels.levels.len(), levels.get(0), levels.get(2)), (2, Some("new"), None));
    let wrong = fix.apply(&mut Table::new(vec![Column::number("t", vec![1.0])])).unwrap_err();
    assert_eq!(
        wrong.message(),
        "c.yaml:1:12: `columns[0]`: column `t` has kind number, expected a text or category column"
    );
}

#[test]
fn hostile_texts_take_linear_time() {
    // A quadratic pass over a megabyte would not end.
    for piece in
        ["<", "<!--", "<a", "&", "&#", "@", "a@", "a.@b.", "www.", "http://", "://", "\u{0}", "\u{fdfa}", "a\u{301}"]
    {
        let text = piece.repeat(1 << 20 >> piece.len().ilog2());
        clean("{columns: [x]}", &text);
    }
}
