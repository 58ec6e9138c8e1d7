use super::*;

const HOSTILE: &str = "</script><script>alert(1)</script>\" onload='x' & <b>";

fn page(lang: Lang) -> Page {
    let mut table = Table::new(lang, HOSTILE).column(HOSTILE).numbers("n").sortable().at_most(2);
    for number in [1.0, 2.5, f64::NAN] {
        table.row(vec![Cell::code(HOSTILE), Cell::number(lang.plain(number), number)]);
    }
    let card = Card { label: HOSTILE.into(), value: HOSTILE.into(), note: HOSTILE.into() };
    let mut page = Page::new(lang, HOSTILE).lead(html! { p { (HOSTILE) } });
    let said = quoted(&format!("column `{HOSTILE}` has"));
    page.section("first", HOSTILE, html! { (table) (cards(&[card])) (badge(Tone::Bad, HOSTILE)) p { (said) } });
    page.section("second", "b", data("d", &[HOSTILE]).unwrap());
    page
}

#[test]
fn nothing_a_table_holds_becomes_markup() {
    let text = page(Lang::En).html();
    // The page's own script and the data.
    assert_eq!(text.matches("<script").count(), 2, "{text}");
    assert_eq!(text.matches("</script>").count(), 2);
    assert!(!text.contains("onload='x' & <b>") && !text.contains("<b>"));
    let json = text.split("<script type=\"application/json\" id=\"d\">").nth(1).unwrap();
    let read: Vec<String> = serde_json::from_str(json.split("</script>").next().unwrap()).unwrap();
    assert_eq!(read, [HOSTILE]);
}

#[test]
fn pages_ask_for_nothing_and_say_what_they_are() {
    let text = page(Lang::Es).html();
    for wanted in [
        "<html lang=\"es\">",
        "default-src 'none'",
        "<a class=\"skip\" href=\"#content\">Ir al contenido</a>",
        "<a href=\"#first\">",
        "<h2 id=\"second-title\">b</h2>",
        "<th class=\"number\" scope=\"col\">n</th>",
        "<td class=\"number\" data-order=\"2.5\">2,5</td>",
        "Filas que no se muestran: 1",
    ] {
        assert!(text.contains(wanted), "`{wanted}` not in\n{text}");
    }
    assert!(!text.contains("http://") && !text.contains("https://"), "{text}");
    assert_eq!(text, page(Lang::Es).html());
}

#[test]
fn texts_are_cut_between_characters() {
    assert_eq!((clip("año", 2), clip("año", 3)), ("añ…".to_owned(), "año".to_owned()));
}
