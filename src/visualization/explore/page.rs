//! The page.

use super::super::Lang;
use super::super::page::Page;
use crate::exploration::Exploration;

/// The page of an exploration.
pub fn page(_: &Exploration, name: &str, lang: Lang) -> String {
    Page::new(lang, name).html()
}
