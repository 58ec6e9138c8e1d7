//! Scenes as PNG: two pixels for each unit, so that print is sharp.

use tiny_skia::{Color, FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, Rect, StrokeDash, Transform};
use ttf_parser::OutlineBuilder;

use super::{Anchor, Figure, Fill, Ink, Mark, Stroke, Text, font};
use crate::error::{Error, Result};

/// Pixels for each unit.
const PIXELS: f32 = 2.0;
/// Pixels a metre where a unit is a 96th of an inch.
const DENSITY: u32 = 7559;
/// Units of the longest side, past which a picture is cut.
const LONGEST: f64 = 4000.0;

impl Figure {
    /// The bytes of a PNG file.
    ///
    /// # Errors
    /// If there is no memory for it.
    pub fn png(&self) -> Result<Vec<u8>> {
        let pixels = |side: f64| (side.clamp(1.0, LONGEST) * f64::from(PIXELS)).round() as u32;
        let (width, height) = (pixels(self.scene.width), pixels(self.scene.height));
        let mut pixmap =
            Pixmap::new(width, height).ok_or_else(|| Error::failure("no memory for a picture".to_owned()))?;
        pixmap.fill(colour(Fill::solid(Ink::Background)));
        let mut canvas = Canvas { pixmap, scale: Transform::from_scale(PIXELS, PIXELS) };
        for mark in &self.scene.marks {
            canvas.mark(mark);
        }
        encoded(&canvas.pixmap).map_err(|e| Error::failure("cannot write a picture".to_owned()).because(e))
    }
}

/// The ground hides everything behind it, so three channels are enough.
fn encoded(pixmap: &Pixmap) -> std::result::Result<Vec<u8>, png::EncodingError> {
    let rgb: Vec<u8> = pixmap.pixels().iter().flat_map(|pixel| [pixel.red(), pixel.green(), pixel.blue()]).collect();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, pixmap.width(), pixmap.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    encoder.set_pixel_dims(Some(png::PixelDimensions { xppu: DENSITY, yppu: DENSITY, unit: png::Unit::Meter }));
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&rgb)?;
    writer.finish()?;
    Ok(bytes)
}

fn colour(fill: Fill) -> Color {
    let [red, green, blue] = fill.ink.light();
    Color::from_rgba8(red, green, blue, (fill.opacity.clamp(0.0, 1.0) * 255.0).round() as u8)
}

struct Canvas {
    pixmap: Pixmap,
    scale: Transform,
}

impl Canvas {
    fn mark(&mut self, mark: &Mark) {
        match mark {
            Mark::Rectangle([left, top, width, height], fill) => {
                let Some(rectangle) = Rect::from_xywh(*left as f32, *top as f32, *width as f32, *height as f32) else {
                    return;
                };
                self.fill(&PathBuilder::from_rect(rectangle), *fill, self.scale);
            }
            Mark::Circle((x, y), radius, fill) => {
                if let Some(path) = PathBuilder::from_circle(*x as f32, *y as f32, *radius as f32) {
                    self.fill(&path, *fill, self.scale);
                }
            }
            Mark::Line(points, stroke) => {
                if let Some(path) = path(points, false) {
                    self.stroke(&path, *stroke);
                }
            }
            Mark::Area(points, fill) => {
                if let Some(path) = path(points, true) {
                    self.fill(&path, *fill, self.scale);
                }
            }
            Mark::Text(text) => self.text(text),
        }
    }

    fn fill(&mut self, path: &Path, fill: Fill, transform: Transform) {
        let paint = paint(fill);
        self.pixmap.fill_path(path, &paint, FillRule::Winding, transform, None);
    }

    fn stroke(&mut self, path: &Path, stroke: Stroke) {
        let dashes = stroke.dash.lengths();
        let dash = (!dashes.is_empty()).then(|| dashes.iter().map(|length| *length as f32).collect());
        let style = tiny_skia::Stroke {
            width: stroke.width as f32,
            line_cap: LineCap::Butt,
            line_join: LineJoin::Round,
            dash: dash.and_then(|lengths: Vec<f32>| {
                // A pattern of an odd number of lengths would be refused; all of ours are even.
                StrokeDash::new(lengths, 0.0)
            }),
            ..tiny_skia::Stroke::default()
        };
        self.pixmap.stroke_path(path, &paint(Fill::solid(stroke.ink)), &style, self.scale, None);
    }

    fn text(&mut self, text: &Text) {
        let mut outline = Outline { builder: PathBuilder::new(), begin: 0.0, unit: 1.0 };
        font::outline(&text.text, &mut outline, |outline, begin, unit| {
            outline.begin = begin as f32;
            outline.unit = unit as f32;
        });
        let Some(path) = outline.builder.finish() else { return };
        let before = match text.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => 0.5,
            Anchor::End => 1.0,
        };
        let shift = -before * font::width(&text.text, 1.0);
        let size = text.size as f32;
        let transform = self
            .scale
            .pre_translate(text.at.0 as f32, text.at.1 as f32)
            .pre_concat(rotation(text.rotation))
            .pre_scale(size, size)
            .pre_translate(shift as f32, 0.0);
        self.fill(&path, Fill::solid(text.ink), transform);
    }
}

/// By the sine and cosine of the program, not the system's.
fn rotation(degrees: f64) -> Transform {
    let (sine, cosine) = libm::sincos(degrees.to_radians());
    let (sine, cosine) = (sine as f32, cosine as f32);
    Transform::from_row(cosine, sine, -sine, cosine, 0.0, 0.0)
}

fn paint(fill: Fill) -> Paint<'static> {
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    paint.set_color(colour(fill));
    paint
}

fn path(points: &[(f64, f64)], closed: bool) -> Option<Path> {
    let mut builder = PathBuilder::with_capacity(points.len() + 1, points.len());
    let (first, others) = points.split_first()?;
    builder.move_to(first.0 as f32, first.1 as f32);
    for (x, y) in others {
        builder.line_to(*x as f32, *y as f32);
    }
    if closed {
        builder.close();
    }
    builder.finish()
}

/// Letters one after the other, of height 1 and y growing downwards.
struct Outline {
    builder: PathBuilder,
    begin: f32,
    unit: f32,
}

impl Outline {
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        (self.begin + x * self.unit, -y * self.unit)
    }
}

impl OutlineBuilder for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.builder.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.builder.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.at(x1, y1), self.at(x, y));
        self.builder.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        self.builder.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.builder.close();
    }
}
