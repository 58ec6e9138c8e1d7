//! Which words count, and as what: stop words and stems.

use std::borrow::Cow;
use std::collections::HashSet;

use rust_stemmers::{Algorithm, Stemmer};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A language whose words are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// English.
    English,
    /// Spanish.
    Spanish,
}

/// Words that are left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum StopWords {
    Of(Language),
    List(Vec<String>),
}

/// What is done to words; to other tokens nothing is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct WordRules {
    pub stop_words: Option<StopWords>,
    pub stemmer: Option<Language>,
}

/// Rules ready to be used.
#[derive(Default)]
pub struct Words {
    stop_words: HashSet<Box<str>>,
    stemmer: Option<Stemmer>,
}

impl Words {
    /// Makes rules ready.
    pub fn new(rules: &WordRules) -> Self {
        let stop_words = match &rules.stop_words {
            None => HashSet::new(),
            Some(StopWords::Of(Language::English)) => ENGLISH.split_whitespace().map(Box::from).collect(),
            Some(StopWords::Of(Language::Spanish)) => SPANISH.split_whitespace().map(Box::from).collect(),
            Some(StopWords::List(words)) => words.iter().map(|word| Box::from(word.as_str())).collect(),
        };
        let stemmer = rules.stemmer.map(|language| {
            Stemmer::create(match language {
                Language::English => Algorithm::English,
                Language::Spanish => Algorithm::Spanish,
            })
        });
        Self { stop_words, stemmer }
    }

    /// The word as it counts; nothing where it is a stop word.
    pub fn take<'a>(&self, word: &'a str) -> Option<Cow<'a, str>> {
        if self.stop_words.contains(word) {
            return None;
        }
        Some(self.stemmer.as_ref().map_or(Cow::Borrowed(word), |stemmer| stemmer.stem(word)))
    }
}

/// Function words of two letters and more, and what is left of contractions (`I'll`, `you've`). Negations (`not`, `no`,
/// `never`, `don`, `isn`) are not among them: they turn the meaning of what follows.
const ENGLISH: &str = "
about above across after afterwards again against ago all almost along already also although always am among an and
another any anybody anyone anything anyway anywhere are around as at away back be became because become becomes been
before beforehand behind being below beside besides between beyond both but by came can come could did do does doing
done down during each either else elsewhere enough even ever every everybody everyone everything everywhere few first
for from further get gets getting go goes going gone got had has have having he hence her here hers herself him himself
his how however if in indeed instead into is it its itself just last later least less let like ll made make makes many
may maybe me meanwhile might mine more moreover most mostly much must my myself near next now of off often on once one
ones only onto or other others otherwise our ours ourselves out over own per perhaps put quite rather re really same
see seem seemed seems several shall she should since so some somebody somehow someone something sometimes somewhere
still such than that the their theirs them themselves then there therefore these they this those though through
throughout thus to together too toward towards under until up upon us use used using ve very via was we well went were
what whatever when whenever where wherever whether which while who whoever whole whom whose why will with within would
yet you your yours yourself yourselves";

/// As for English; negations (`no`, `nunca`, `ni`, `sin`, `nada`) stay.
const SPANISH: &str = "
actualmente además ahora ahí al algo alguien algún alguna algunas alguno algunos allá allí ambos ante antes aquel
aquella aquellas aquello aquellos aquí así aun aún aunque bajo bien cada casi como cómo con conmigo contra cual cuál
cuales cuáles cualquier cuando cuándo cuanto cuánto cuya cuyas cuyo cuyos da dan dar de debe deben debido decir del
demás dentro desde después dice dicho donde dónde dos durante el él ella ellas ello ellos en entonces entre era eran
eras eres es esa esas ese eso esos esta ésta está estaba estaban estado estamos están estar estas éstas este éste esto
estos éstos estoy estuvo fue fuera fueron fui gran ha haber había habían hace hacen hacer hacia han hasta hay haya he
hemos hizo hoy igual incluso ir junto la las le les lo los luego me mi mí mía mías mientras mío míos mis mismo misma
mismas mismos mucha muchas mucho muchos muy más nos nosotras nosotros nuestra nuestras nuestro nuestros os otra otras
otro otros para parece pero poco por porque primero puede pueden pues que qué quien quién quienes quiénes se sea sean
según ser será si sí sido siempre sino sobre sois solo sólo somos son soy su sus suya suyas suyo suyos tal también tan
tanto te tenemos tener tengo tenía ti tiene tienen toda todas todavía todo todos tras tu tú tus tuya tuyas tuyo tuyos
un una unas uno unos usted ustedes va vamos van varias varios vez voy vosotras vosotros vuestra vuestras vuestro
vuestros ya yo";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_left_out_or_stemmed() {
        let rules = |stop, stemmer| Words::new(&WordRules { stop_words: stop, stemmer });
        let (english, spanish) = (Language::English, Language::Spanish);
        let of = |words: &Words, text: &str| -> String {
            text.split(' ').filter_map(|word| words.take(word)).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(of(&rules(Some(StopWords::Of(english)), None), "the books are not mine"), "books not");
        assert_eq!(of(&rules(Some(StopWords::Of(spanish)), None), "el libro no es mío"), "libro no");
        assert_eq!(
            of(&rules(None, Some(english)), "the reading readers loved batteries"),
            "the read reader love batteri"
        );
        assert_eq!(of(&rules(None, Some(spanish)), "libros leyendo rápidamente"), "libr leyend rapid");
        let list = StopWords::List(vec!["book".into()]);
        assert_eq!(of(&rules(Some(list), Some(english)), "book books"), "book", "stop words come before stems");
    }

    #[test]
    fn each_stop_word_is_there_once_and_a_token() {
        for list in [ENGLISH, SPANISH] {
            let words: Vec<&str> = list.split_whitespace().collect();
            assert_eq!(words.iter().collect::<HashSet<_>>().len(), words.len());
            for word in words {
                let mut found = Vec::new();
                super::super::analyzer::words(word, &mut |token: &str| found.push(token.to_owned()));
                assert_eq!(found, [word]);
            }
        }
    }
}
