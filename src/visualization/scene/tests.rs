use super::*;

fn figure(text: &str) -> Figure {
    let at = |x, y, anchor, rotation| {
        Mark::Text(Text { at: (x, y), text: text.to_owned(), size: 12.0, anchor, rotation, ink: Ink::Text })
    };
    let stroke = Stroke { ink: Ink::Series(9), width: 2.0, dash: Dash(8) };
    let marks = vec![
        Mark::Rectangle([10.0, 10.0, 20.04, 5.0], Fill { ink: Ink::Series(0), opacity: 0.3 }),
        Mark::Circle((40.0, 40.0), 3.0, Fill::solid(Ink::Value(0.7))),
        Mark::Line(vec![(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (5.55, 3.33)], stroke),
        Mark::Line(vec![(f64::NAN, 0.0), (1e300, f64::INFINITY)], stroke),
        Mark::Area(vec![], Fill::solid(Ink::Grid)),
        at(50.0, 50.0, Anchor::Middle, 0.0),
        at(20.0, 90.0, Anchor::End, -90.0),
    ];
    let scene = Scene { width: 200.0, height: 100.0, marks };
    Figure { title: format!("<{text}>"), description: "what \"it\" shows".to_owned(), scene }
}

#[test]
fn svg_escapes_every_text_and_numbers_its_names() {
    let figure = figure("a<b & \u{1}\"c\"");
    let svg = figure.svg();
    assert!(svg.contains("a&lt;b &amp; \u{fffd}&quot;c&quot;"), "{svg}");
    assert!(svg.contains("M0 0h10v10l-4.4-6.7\""), "{svg}");
    assert!(!svg.contains("var(") && svg.contains("fill:#0072b2;fill-opacity:0.30"), "{svg}");
    let inline = figure.inline("roc-1");
    assert!(inline.contains("role=\"img\" aria-labelledby=\"roc-1-title roc-1-desc\""), "{inline}");
    assert!(inline.contains("fill:var(--figure-series-1,#0072b2)"), "{inline}");
    assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
}

#[test]
fn a_picture_has_two_pixels_a_unit_and_the_same_bytes_each_time() {
    let figure = figure("Predicción de años: ¿qué?");
    let bytes = figure.png().unwrap();
    assert_eq!(bytes, figure.png().unwrap());
    let mut reader = ::png::Decoder::new(std::io::Cursor::new(&bytes)).read_info().unwrap();
    assert_eq!((reader.info().width, reader.info().height), (400, 200));
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    let pixel = |x: usize, y: usize| &pixels[(y * 400 + x) * 3..][..3];
    assert_eq!(pixel(399, 199), [255, 255, 255]);
    // Blue at 30 % on white.
    assert_eq!(pixel(40, 24), [178, 212, 232]);
}

#[test]
fn letters_with_accents_are_letters_of_the_font() {
    for letter in "áéíóúñüÁÑ¿¡çß≤−…μ∞".chars() {
        let one = [letter].iter().collect::<String>();
        let mut outline = Points(0);
        font::outline(&one, &mut outline, |_, _, _| {});
        let mut unknown = Points(0);
        font::outline("\u{e000}", &mut unknown, |_, _, _| {});
        assert!(outline.0 > 0 && width(&one, 12.0) < 13.0 && outline.0 != unknown.0, "{letter}");
    }
    assert!(width("日本", 10.0) >= 20.0, "letters that the font has not take a full width");
}

struct Points(usize);

impl ttf_parser::OutlineBuilder for Points {
    fn move_to(&mut self, _: f32, _: f32) {
        self.0 += 1;
    }
    fn line_to(&mut self, _: f32, _: f32) {
        self.0 += 1;
    }
    fn quad_to(&mut self, _: f32, _: f32, _: f32, _: f32) {
        self.0 += 1;
    }
    fn curve_to(&mut self, _: f32, _: f32, _: f32, _: f32, _: f32, _: f32) {
        self.0 += 1;
    }
    fn close(&mut self) {}
}

#[test]
fn long_texts_are_cut_to_their_room() {
    let text = "hours worked each week, by the answer given";
    for most in [10.0, 40.0, 150.0, 400.0] {
        let short = shortened(text, 11.0, most);
        assert!(width(&short, 11.0) <= most.max(width("…", 11.0)), "{short}");
        assert!(short == text || short.ends_with('…'));
    }
}
