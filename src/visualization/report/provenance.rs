//! What everything was made of, as content: no time, no machine, no commit.

use super::super::page::{Cell, Markup, Table, html};
use super::Facts;

/// A file by its content.
pub struct Content {
    /// Its path in the project.
    pub file: String,
    /// XXH3 of what it holds, in hex.
    pub hash: String,
}

/// Hashes of data, configs and models.
pub fn section(facts: &Facts) -> Markup {
    let lang = facts.lang();
    let mut table = Table::new(lang, lang.pick("Contents (XXH3)", "Contenidos (XXH3)"))
        .column(lang.pick("file", "archivo"))
        .column("XXH3");
    for content in facts.contents {
        table.row(vec![Cell::code(&content.file), Cell::code(&content.hash)]);
    }
    html! {
        p {
            (lang.pick(
                "The same data, configs and seed give the same bytes. Hashes of configs are those of their values, so that \
                 comments do not count. When, where and on which commit a run was made tells",
                "Los mismos datos, configuración y semilla dan los mismos bytes. Las huellas de la configuración son las de \
                 sus valores: los comentarios no cuentan. Cuándo, dónde y en qué commit se hizo una ejecución lo dice"
            )) " " code { "mlops runs show" } "."
        }
        (table)
        p.note { "mlops " (env!("CARGO_PKG_VERSION")) ", " (lang.pick("seed", "semilla")) " " (facts.config.main.seed) "." }
    }
}
