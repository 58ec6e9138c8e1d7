//! The page of one run: times, commit and host, which stand in no artifact.

use super::Lang;
use super::page::{Card, Cell, Page, Table, Tone, badge, cards, facts, html};
use crate::engine::record::{Ending, Record, StageRecord, State};

/// Bytes of a megabyte.
const MEGABYTE: f64 = 1e6;

/// The page of a run.
pub fn page(lang: Lang, record: &Record) -> String {
    let command =
        std::iter::once("mlops").chain(record.command.iter().map(String::as_str)).collect::<Vec<_>>().join(" ");
    let title = format!("{} {}", lang.pick("Run", "Ejecución"), record.id);
    let mut page = Page::new(lang, title).lead(html! { p { code { (command) } } });
    page.section("overview", lang.pick("Overview", "Resumen"), html! { (cards(&key_figures(lang, record))) });
    page.section("stages", lang.pick("Stages", "Etapas"), html! { (stages(lang, record)) });
    let commit = record.git.as_ref().map(|head| {
        let changes = if head.dirty == Some(true) { lang.pick(", with changes", ", con cambios") } else { "" };
        format!("{}{changes}", head.commit.as_deref().unwrap_or(lang.pick("none yet", "ninguno todavía")))
    });
    let commit = commit.unwrap_or_else(|| "–".to_owned());
    let place = [
        (lang.pick("commit", "commit"), html! { code { (commit) } }),
        (lang.pick("machine", "máquina"), html! { (record.host) }),
        (lang.pick("start", "inicio"), html! { (moment(&record.start)) }),
        (lang.pick("end", "fin"), html! { (record.end.as_deref().map_or_else(|| "–".to_owned(), moment)) }),
        ("mlops", html! { (record.version) }),
    ];
    page.section("place", lang.pick("Where and when", "Dónde y cuándo"), facts(&place));
    page.html()
}

fn key_figures(lang: Lang, record: &Record) -> Vec<Card> {
    let count = |outcome: Ending| record.stages.iter().filter(|stage| stage.outcome == outcome).count() as u64;
    let state = match record.state() {
        State::Ended(0) => lang.pick("success", "éxito").to_owned(),
        State::Ended(code) => format!("{} {code}", lang.pick("exit code", "código de salida")),
        State::Running => lang.pick("running", "en marcha").to_owned(),
        State::Killed => lang.pick("killed", "interrumpida").to_owned(),
        State::Elsewhere => lang.pick("unknown, on another machine", "desconocido, en otra máquina").to_owned(),
    };
    let card = |label: &str, value: String| Card { label: label.to_owned(), value, note: String::new() };
    vec![
        card(lang.pick("Result", "Resultado"), state),
        card(lang.pick("Took", "Duró"), record.seconds.map_or_else(|| "–".to_owned(), |s| seconds(lang, s))),
        card(lang.pick("Stages run", "Etapas ejecutadas"), lang.count(count(Ending::Ran))),
        card(
            lang.pick("Up to date or restored", "Al día o restauradas"),
            lang.count(count(Ending::UpToDate) + count(Ending::Restored)),
        ),
        card(
            lang.pick("Failed or blocked", "Fallidas o bloqueadas"),
            lang.count(count(Ending::Failed) + count(Ending::Blocked)),
        ),
    ]
}

fn stages(lang: Lang, record: &Record) -> Table {
    let mut table =
        Table::new(lang, lang.pick("Stages in the order in which they ended", "Etapas en el orden en que acabaron"))
            .column(lang.pick("stage", "etapa"))
            .column(lang.pick("outcome", "resultado"))
            .numbers(lang.pick("took", "duró"))
            .numbers(lang.pick("memory", "memoria"))
            .numbers(lang.pick("attempts", "intentos"))
            .column(lang.pick("reason", "motivo"))
            .sortable();
    for stage in &record.stages {
        let memory = stage.peak_memory.map(|bytes| bytes as f64 / MEGABYTE);
        table.row(vec![
            Cell::code(&stage.name),
            outcome(lang, stage),
            stage.seconds.map_or_else(Cell::none, |s| Cell::number(seconds(lang, s), s)),
            memory.map_or_else(Cell::none, |mb| Cell::number(format!("{} MB", lang.decimals(mb, 0)), mb)),
            Cell::count(lang, u64::from(stage.attempts)),
            Cell::text(stage.reason.as_deref().unwrap_or_default()),
        ]);
    }
    table
}

fn outcome(lang: Lang, stage: &StageRecord) -> Cell {
    let (tone, word) = match stage.outcome {
        Ending::Ran => (Tone::Good, lang.pick("ran", "ejecutada")),
        Ending::Restored => (Tone::Plain, lang.pick("restored", "restaurada")),
        Ending::UpToDate => (Tone::Plain, lang.pick("up to date", "al día")),
        Ending::Failed => (Tone::Bad, lang.pick("failed", "fallida")),
        Ending::Blocked => (Tone::Warning, lang.pick("blocked", "bloqueada")),
    };
    Cell::markup(badge(tone, word))
}

fn seconds(lang: Lang, seconds: f64) -> String {
    if seconds < 100.0 {
        return format!("{} s", lang.decimals(seconds, 2));
    }
    let whole = seconds.round() as u64;
    if whole < 3600 {
        format!("{} min {} s", whole / 60, whole % 60)
    } else {
        format!("{} h {} min", whole / 3600, whole % 3600 / 60)
    }
}

/// `2026-11-21 08:15:00 UTC`
fn moment(timestamp: &str) -> String {
    format!("{} UTC", timestamp.split('.').next().unwrap_or_default().replacen('T', " ", 1))
}
