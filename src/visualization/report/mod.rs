//! The page of a project: how its data became models, how good they are, and why they answer as they do.
//!
//! Everything on it is computed elsewhere and bounded, so the page does not grow with rows, levels or columns.

mod card;
mod champion;
mod errors;
mod explanations;
mod leaderboard;
mod pipeline;
mod provenance;
mod slices;
mod threshold;

pub use card::{model_card, of as model_facts};
pub use provenance::Content;

use super::Lang;
use super::page::{Markup, Page, details, gallery, html, picture, wide};
use crate::config::Config;
use crate::data::Schema;
use crate::error::Result;
use crate::metrics;
use crate::models::Share;
use crate::package::evaluation::{ClassTerms, Evaluation, ModelEvaluation};
use crate::package::{Info, ModelPackage};

/// What a report tells of.
pub struct Facts<'a> {
    /// The configs.
    pub config: &'a Config,
    /// All that was measured.
    pub evaluation: &'a Evaluation,
    /// The models in order of rank, best first.
    pub models: &'a [Model],
    /// The datasets in order of the stages.
    pub datasets: &'a [Dataset],
    /// Contents that the models and this report were made of.
    pub contents: &'a [Content],
    /// Pictures, in order.
    pub figures: &'a [Placed],
}

/// Terms of each class.
const TERMS: usize = 15;

/// A model file.
pub struct Model {
    /// Its path in the project.
    pub file: String,
    /// Its readable facts.
    pub info: Info,
    /// Importance per feature, most important first; empty where the algorithm has none.
    pub importance: Vec<(String, f64)>,
    /// Of texts, the terms that speak most for each class.
    pub terms: Vec<ClassTerms>,
    /// Members of an ensemble.
    pub members: Vec<Share>,
    /// What about its fit deserves a second look.
    pub notes: Vec<String>,
}

impl Model {
    /// The facts of the model file called `file`.
    pub fn of(package: &ModelPackage, file: &str) -> Self {
        Self {
            file: file.to_owned(),
            info: package.info.clone(),
            importance: package.importance().unwrap_or_default(),
            terms: package.strongest_terms(TERMS),
            members: package.members(),
            notes: package.notes(),
        }
    }
}

/// A dataset that a stage has written.
pub struct Dataset {
    /// The stage.
    pub stage: &'static str,
    /// Its path in the project.
    pub file: String,
    /// What is known of it.
    pub schema: Schema,
}

/// A picture and the section that it is for.
pub struct Placed {
    /// The section.
    pub place: Place,
    /// The model it is of, where that is not the champion.
    pub of: Option<String>,
    /// The picture as SVG.
    pub svg: String,
    /// What it shows.
    pub caption: String,
    /// Whether it takes the whole width of a page.
    pub is_wide: bool,
}

/// Sections with pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// How good the models are.
    Quality,
    /// What deciding at a threshold reaches.
    Threshold,
    /// Why a model answers as it does.
    Explanation,
}

impl Placed {
    fn picture(&self) -> Markup {
        let picture = picture(&self.svg, &self.caption);
        if self.is_wide { wide(&picture) } else { picture }
    }
}

impl Facts<'_> {
    fn lang(&self) -> Lang {
        self.config.main.lang
    }

    /// What was measured of a model.
    fn measured(&self, algorithm: &str) -> Option<&ModelEvaluation> {
        self.evaluation.models.get(algorithm)
    }

    /// How much more the champion has of the metric that chose it than another model, on the test rows.
    fn difference(&self, other: &str) -> Option<f64> {
        let of = |algorithm: &str| self.measured(algorithm)?.test.get(&self.evaluation.select).copied();
        Some(of(&self.evaluation.champion)? - of(other)?)
    }

    /// The champion and what was measured of it.
    fn champion(&self) -> Option<(&Model, &ModelEvaluation)> {
        let name = &self.evaluation.champion;
        let model = self.models.iter().find(|model| model.info.algorithm == *name)?;
        Some((model, self.measured(name)?))
    }

    /// The pictures of a section.
    fn pictures(&self, place: Place) -> Markup {
        let of = |wanted: Option<&str>| {
            let placed = self.figures.iter().filter(|placed| placed.place == place && placed.of.as_deref() == wanted);
            gallery(&placed.map(Placed::picture).collect::<Vec<_>>())
        };
        let has = |name: &str| self.figures.iter().any(|p| p.place == place && p.of.as_deref() == Some(name));
        let others: Vec<&str> =
            self.models.iter().map(|m| m.info.algorithm.as_str()).filter(|name| has(name)).collect();
        let more = self.lang().pick("Figures of", "Figuras de");
        html! {
            (of(None))
            @for name in others { (details(&format!("{more} {name}"), &of(Some(name)))) }
        }
    }

    fn has_pictures(&self, place: Place) -> bool {
        self.figures.iter().any(|placed| placed.place == place)
    }

    /// The metric the champion is chosen by, as people call it.
    fn select(&self) -> &str {
        self.lang().metric(&self.evaluation.select)
    }
}

/// The page.
///
/// # Errors
/// Exit code 1 where its data cannot be written.
pub fn page(facts: &Facts) -> Result<String> {
    let lang = facts.lang();
    let dataset = &facts.config.main.dataset.value;
    let title = format!("{dataset}: {}", lang.pick("report", "informe"));
    let mut page = Page::new(lang, title).lead(champion::lead(facts));
    page.section("overview", lang.pick("Overview", "Resumen"), champion::overview(facts));
    page.section("pipeline", lang.pick("Pipeline", "Proceso"), pipeline::section(facts));
    page.section("models", lang.pick("Models", "Modelos"), leaderboard::section(facts));
    if facts.has_pictures(Place::Quality) {
        page.section("figures", lang.pick("Figures", "Figuras"), html! { (facts.pictures(Place::Quality)) });
    }
    if let Some(body) = threshold::section(facts)? {
        page = page.script(threshold::SCRIPT);
        page.section("threshold", lang.pick("Threshold", "Umbral"), body);
    }
    if let Some(body) = slices::section(facts) {
        page.section("slices", lang.pick("Slices", "Segmentos"), body);
    }
    if let Some(body) = errors::section(facts) {
        page.section("errors", lang.pick("Largest errors", "Mayores errores"), body);
    }
    if let Some(body) = explanations::section(facts) {
        page.section("explanations", lang.pick("Explanations", "Explicaciones"), body);
    }
    if let Some(body) = card::section(facts) {
        page.section("card", lang.pick("Model card", "Ficha del modelo"), body);
    }
    page.section("provenance", lang.pick("Provenance", "Procedencia"), provenance::section(facts));
    Ok(page.html())
}

/// Whether more of a metric is better; none for what is no metric.
fn higher_is_better(name: &str) -> Option<bool> {
    metrics::find(name).ok().map(|metric| metric.higher_is_better)
}
