//! Behaviour of the language, by tables.

use super::Expression;
use crate::data::{Column, Kind, Table, Values};
use crate::error::{Code, Error, Result};
use crate::yaml::{Located, Node, Value};

fn table() -> Table {
    Table::new(vec![
        Column::number("x", vec![4.0, -2.5, f64::NAN, 0.0]),
        Column { kind: Kind::Integer, ..Column::number("n", vec![1.0, 2.0, 3.0, f64::NAN]) },
        Column { kind: Kind::Bool, ..Column::number("paid", vec![1.0, 0.0, f64::NAN, 1.0]) },
        Column::category("plan", [Some("Gold"), Some("free"), None, Some("Gold")]),
        Column::text("note", ["a b", "", "çé"].into_iter().map(Some).chain([None]).collect()),
        Column::number("capital-gain", vec![10.0, 20.0, 30.0, 40.0]),
        Column {
            name: "day".into(),
            kind: Kind::Date,
            values: Values::Date(vec![Some(86_400), None, Some(0), Some(-1)]),
        },
    ])
}

fn located(text: &str) -> Located<String> {
    Node::new(Value::String(text.to_owned())).to().unwrap()
}

/// The values of an expression as texts, `-` for null.
fn values(text: &str) -> Result<(Kind, Vec<String>)> {
    let column = Expression::parse(located(text))?.evaluate(&table(), "new")?;
    let shown = crate::transforms::columns::as_levels(&column).iter().map(|v| v.unwrap_or("-").to_owned()).collect();
    Ok((column.kind, shown))
}

fn refuse(text: &str) -> Error {
    match values(text) {
        Err(error) => error,
        Ok(found) => panic!("{text}: {found:?}"),
    }
}

#[test]
fn values_of_expressions() {
    use Kind::{Bool, Category, Number};
    for (text, kind, expected) in [
        ("x + n", Number, "5 -0.5 - -"),
        ("2 + 3 * 4 ^ 2 / 8 - 1", Number, "7 7 7 7"),
        ("2 ^ 3 ^ 2", Number, "512 512 512 512"),
        ("-2 ^ 2 + 2 ^ -1", Number, "-3.5 -3.5 -3.5 -3.5"),
        ("(1 - 2) - 3 - -x", Number, "0 -6.5 - -4"),
        ("x / 0", Number, "- - - -"),
        ("1 / x", Number, "0.25 -0.4 - -"),
        ("x % 3", Number, "1 0.5 - 0"),
        ("x % -3", Number, "-2 -2.5 - 0"),
        ("x % 0", Number, "- - - -"),
        ("sqrt(x)", Number, "2 - - 0"),
        ("log(x - 3)", Number, "0 - - -"),
        ("exp(x * 1000)", Number, "- 0 - 1"),
        ("log1p(0) + abs(x)", Number, "4 2.5 - 0"),
        ("round(x) + floor(x) + ceil(x)", Number, "12 -7 - 0"),
        ("min(x, n, 3)", Number, "1 -2.5 - -"),
        ("max(x, n)", Number, "4 2 - -"),
        ("null ^ 0 + x", Number, "- - - -"),
        ("x >= 0", Bool, "1 0 - 1"),
        ("x == -2.5 or paid", Bool, "1 1 - 1"),
        ("x > 0 and n > 0", Bool, "1 0 - 0"),
        ("false and x > 0", Bool, "0 0 0 0"),
        ("not paid or true", Bool, "1 1 1 1"),
        ("not x > 0", Bool, "0 1 - 1"),
        ("paid + paid * 2", Number, "3 0 - 3"),
        ("paid == 1", Bool, "1 0 - 1"),
        ("is_null(x) or is_null(plan)", Bool, "0 0 1 0"),
        ("coalesce(x, n, -1)", Number, "4 -2.5 3 0"),
        ("coalesce(plan, 'none')", Category, "Gold free none Gold"),
        ("if(plan == 'Gold', x, 0)", Number, "4 0 - 0"),
        ("if(x > 0, 'up', \"down\")", Category, "up down - down"),
        ("if(paid, plan, null)", Category, "Gold - - Gold"),
        ("if(true, 1, 1 / 0)", Number, "1 1 1 1"),
        ("lower(plan)", Category, "gold free - gold"),
        ("length(note)", Number, "3 0 2 -"),
        ("contains(lower(plan), 'old')", Bool, "1 0 - 1"),
        ("plan != 'it''s'", Bool, "1 1 - 1"),
        ("plan < 'a'", Bool, "1 0 - 1"),
        ("`capital-gain` / 1e1", Number, "1 2 3 4"),
        ("day / 86400", Number, "1 - 0 -0.000011574074074074073"),
        ("'k'", Category, "k k k k"),
        ("true", Bool, "1 1 1 1"),
    ] {
        let (found, shown) = values(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!((found, shown.join(" ").as_str()), (kind, expected), "{text}");
    }
}

#[test]
fn faults_show_the_place_and_what_to_do() {
    for (text, message, carets, hint) in [
        ("lgo(x) + 1", "unknown function `lgo`", "^^^", "did you mean `log`?"),
        ("1 + agee", "column `agee` not found", "    ^^^^", ""),
        ("plan + 1", "expected a number, found a text", "^^^^", ""),
        ("1 + 'a'", "expected a number, found a text", "    ^^^", ""),
        ("x and paid", "expected true or false, found a number", "^", "write a comparison"),
        ("plan == 1", "`==` cannot compare a text with a number", "^^^^^^^^^", ""),
        ("x == null", "a comparison with null is always null", "     ^^^^", "write `is_null(x)`"),
        ("1 < x < 3", "comparisons cannot be chained", "      ^", "write `a < b and b < c`"),
        ("x = 3", "`=` is no operator here", "  ^", "write `==`"),
        ("x > 1 && n > 1", "`&&` is no operator here", "      ^^", "write `and`"),
        ("x > 1 AND n > 1", "expected an operator or the end", "      ^^^", "write `and`"),
        ("(x + 1", "the closing parenthesis is missing", "^", ""),
        ("x + 1)", "this parenthesis was never opened", "     ^", ""),
        ("x +", "the expression ends where a value should stand", "   ^", ""),
        ("", "the expression ends where a value should stand", "^", ""),
        ("x ? 1", "`?` means nothing in an expression", "  ^", ""),
        ("plan == 'Gold", "the closing ' is missing", "        ^^^^^", ""),
        ("2x", "`2x` is no number", "^^", "a column whose name starts with a digit"),
        ("1e999", "`1e999` is no number", "^^^^^", ""),
        ("min(x)", "expected `min(number, number, …)`", "^^^^^^", ""),
        ("if(paid, 1, 'a')", "expected a number as before, found a text", "            ^^^", ""),
        ("null", "this is null in every row", "^^^^", ""),
        ("x == not paid", "put `not` and what follows it in parentheses", "     ^^^", ""),
    ] {
        let error = match Expression::parse(located(text))
            .and_then(|e| e.check(&table().names().iter().map(|n| n.to_string()).collect::<Vec<_>>()).map(|()| e))
        {
            Err(error) => error,
            Ok(_) => refuse(text),
        };
        assert_eq!(error.code(), Code::Usage, "{text}");
        assert_eq!(error.message(), format!("value: {message}\n  {text}\n  {carets}"));
        assert!(error.hint_text().unwrap_or_default().starts_with(hint), "{text}: {:?}", error.hint_text());
    }
}

#[test]
fn columns_with_odd_names_are_hinted_at() {
    let columns = ["x".to_owned(), "capital-gain".to_owned()];
    let error = Expression::parse(located("capital-gain > 0")).unwrap().check(&columns).unwrap_err();
    assert!(error.hint_text().unwrap().ends_with("stand in backticks: `capital-gain`"));
}

#[test]
fn conditions_are_true_or_false_and_null_is_false() {
    let condition = |text| Expression::parse_condition(located(text)).and_then(|e| e.evaluate_condition(&table()));
    assert_eq!(condition("x > -3").unwrap(), [true, true, false, true]);
    assert_eq!(condition("paid").unwrap(), [true, false, false, true]);
    for text in ["x + 1", "x", "'a'"] {
        assert!(condition(text).unwrap_err().message().contains("expected true or false"), "{text}");
    }
}

#[test]
fn a_column_the_table_lacks_is_a_data_error() {
    let error = values("x + y").unwrap_err();
    assert_eq!(error.code(), Code::Data);
    assert_eq!(error.message(), "cannot evaluate `x + y`: column `y` not found");
}

#[test]
fn hostile_input_is_refused_without_exhausting_the_stack() {
    for (text, expected) in [
        ("(".repeat(10_000), "nested more than"),
        ("(".repeat(9_000) + "1" + &")".repeat(9_000), "nested more than"),
        ("-".repeat(10_000) + "1", "nested more than"),
        ("not ".repeat(4_000) + "true", "nested more than"),
        ("abs(".repeat(4_000) + "1", "nested more than"),
        ("2^".repeat(9_000) + "1", "nested more than"),
        ("1+".repeat(9_000) + "1", "parts"),
        ("x".repeat(30_000), "longer than"),
    ] {
        let error = refuse(&text);
        assert!(error.message().contains(expected), "{}", error.message());
        assert!(error.message().len() < 400);
    }
    assert_eq!(values(&("1+".repeat(249) + "1")).unwrap().1[0], "250");
    let nested = "abs(".repeat(90) + "-1" + &")".repeat(90);
    assert_eq!(values(&nested).unwrap().1[0], "1");
}
