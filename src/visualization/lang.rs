//! The language of a picture or page. The type is the config's, whose key `lang` chooses it.

pub use crate::config::Lang;

impl Lang {
    /// The one of two texts that is in this language.
    pub fn pick<'a>(self, english: &'a str, spanish: &'a str) -> &'a str {
        match self {
            Self::En => english,
            Self::Es => spanish,
        }
    }
}
