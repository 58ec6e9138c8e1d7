use super::*;
use crate::visualization::scene::{Anchor, Figure, Ink, Mark, width};

/// Left, top, right and bottom of every text of a picture.
fn texts(figure: &Figure) -> Vec<(String, [f64; 4])> {
    let text = |mark: &Mark| match mark {
        Mark::Text(text) => {
            let long = width(&text.text, text.size);
            let from = match text.anchor {
                Anchor::Start => 0.0,
                Anchor::Middle => -long / 2.0,
                Anchor::End => -long,
            };
            let (sine, cosine) = text.rotation.to_radians().sin_cos();
            let corner = |x: f64, y: f64| (text.at.0 + x * cosine - y * sine, text.at.1 + x * sine + y * cosine);
            let corners = [(from, 0.0), (from + long, 0.0), (from, -text.size), (from + long, -text.size)];
            let corners = corners.map(|(x, y)| corner(x, y));
            let bounds = corners.iter().fold([f64::MAX, f64::MAX, f64::MIN, f64::MIN], |[l, t, r, b], (x, y)| {
                [l.min(*x), t.min(*y), r.max(*x), b.max(*y)]
            });
            Some((text.text.clone(), bounds))
        }
        _ => None,
    };
    figure.scene.marks.iter().filter_map(text).collect()
}

/// No text runs out of the picture, and no number of it is none.
pub fn assert_legible(figure: &Figure) {
    let texts = texts(figure);
    for (text, [left, top, right, bottom]) in &texts {
        let inside =
            *left >= -0.5 && *top >= -0.5 && *right <= figure.scene.width + 0.5 && *bottom <= figure.scene.height + 0.5;
        assert!(inside, "`{text}` runs out of `{}`", figure.title);
    }
    assert!(!figure.svg().contains("NaN"));
}

fn names(number: usize, prefix: &str) -> Vec<String> {
    (0..number).map(|at| format!("{prefix} {at}")).collect()
}

#[test]
fn labels_stay_in_the_picture_whatever_the_names_and_numbers() {
    let long = "the column with the longest name that anybody ever gave to a column of a table";
    for number in [0, 1, 2, 7, 50, 400] {
        for prefix in ["x", "level", long] {
            let values: Vec<f64> = (0..number).map(|at| at as f64 * 1234.5 - 300.0).collect();
            let mut group = BarGroup::new(Ink::Series(0), values.clone());
            group.name = Some(prefix.to_owned());
            group.labels =
                values.iter().map(|value| super::number(*value, 3, crate::visualization::Lang::En)).collect();
            group.intervals = values.iter().map(|value| Some((value - 100.0, value + 1e4))).collect();
            let across =
                Chart::new(Axis::categories(prefix, names(number, prefix)), Axis::from_zero(long, values.clone()))
                    .with(bars(&[group.clone()], Direction::Up));
            assert_legible(&Sheet::of(format!("{number} {prefix}"), across).figure());
            let down = Chart::new(Axis::from_zero(long, values), Axis::categories(prefix, names(number, prefix)))
                .with(bars(&[group], Direction::Right));
            assert_legible(&Sheet::of(format!("{number} {prefix}"), down).subtitle(long.repeat(4)).figure());
        }
    }
}

#[test]
fn forty_models_keep_their_own_lines_and_the_legend_does_not_fill_the_picture() {
    let lines = (0..40).map(|at| Layer::series(vec![(0.0, 0.0), (1.0, 1.0)], at).named(format!("model {at} (0.912)")));
    let lines: Vec<Layer> = lines.collect();
    let mut styles: Vec<String> = lines.iter().map(|l| format!("{:?} {:?}", l.ink.light(), l.dash.lengths())).collect();
    styles.sort();
    styles.dedup();
    assert_eq!(styles.len(), 40);
    let figure = Sheet::of("ROC", Chart::new(Axis::share("x"), Axis::share("y")).with(lines)).figure();
    assert_legible(&figure);
    assert!(figure.scene.height < 750.0);
    let texts = texts(&figure);
    for (at, (one, a)) in texts.iter().enumerate() {
        for (other, b) in &texts[..at] {
            let apart = a[0] >= b[2] - 0.5 || b[0] >= a[2] - 0.5 || a[1] >= b[3] - 2.0 || b[1] >= a[3] - 2.0;
            assert!(apart, "`{one}` is on `{other}`");
        }
    }
}

#[test]
fn what_is_not_a_number_is_left_out() {
    let odd = [f64::NAN, f64::INFINITY, -1e308, 1e308, 0.0, 3.0];
    let points: Vec<(f64, f64)> = odd.iter().flat_map(|x| odd.map(|y| (*x, y))).collect();
    for axis in [Axis::fitted("x", odd), Axis::log("x", odd), Axis::share("x"), Axis::categories("x", vec![])] {
        let chart = Chart::new(axis.clone(), axis)
            .with([
                Layer::series(points.clone(), 0),
                Layer::new(Shape::Points(points.clone(), 2.0), Ink::Series(1)),
                Layer::new(Shape::Rings(points.clone()), Ink::Series(1)),
                Layer::new(Shape::Band(points.iter().map(|(x, y)| [*x, *y, *x]).collect()), Ink::Series(2)),
                Layer::new(Shape::Segments(points.iter().map(|(x, y)| [*x, *y, *y, *x]).collect(), true), Ink::Text),
            ])
            .with(histogram(&odd, &odd, 1, None))
            .with(swarm(&[points.clone(), vec![]], 0.0, 0.0))
            .with(heatmap(&[vec![Cell { strength: f64::NAN, text: "?".to_owned() }]]))
            .with(boxes(
                &[None, Some(BoxSummary { low: f64::NAN, lower: 0.0, median: 0.0, upper: 0.0, high: 9.0 })],
                Ink::Series(0),
                Direction::Up,
            ));
        let figure = Sheet::of("odd", chart).figure();
        assert_legible(&figure);
        assert!(figure.png().unwrap().len() > 100);
    }
}

#[test]
fn a_sheet_of_no_charts_and_no_words_is_a_picture() {
    let empty = Sheet::grid("", 0, vec![]).figure();
    assert_legible(&empty);
    assert!(empty.png().unwrap().len() > 100);
    assert_legible(
        &Sheet::of("x ".repeat(400), Chart::new(Axis::share(""), Axis::share("")).square().wide(90.0)).figure(),
    );
}
