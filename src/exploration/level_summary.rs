//! The most frequent levels of a column.

use super::coded::Coded;
use super::histogram::NO_BIN;
use super::relation::shorten;
use super::summary::{Level, LevelSummary};

/// The most frequent levels, and of each code its place among them: all other levels share the last one.
pub fn level_summary(coded: &Coded, name: &dyn Fn(usize) -> String, most: usize) -> (LevelSummary, Vec<u32>) {
    let mut order: Vec<usize> = (1..coded.counts.len()).filter(|code| coded.counts[*code] > 0).collect();
    if order.len() > most {
        // Ties by text need the texts of those alone that may be told.
        order.sort_unstable_by_key(|code| std::cmp::Reverse(coded.counts[*code]));
        let least = order.get(most.saturating_sub(1)).map_or(0, |code| coded.counts[*code]);
        order.retain(|code| coded.counts[*code] >= least);
    }
    let mut named: Vec<(usize, String)> = order.iter().map(|code| (*code, name(*code))).collect();
    named.sort_by(|a, b| coded.counts[b.0].cmp(&coded.counts[a.0]).then_with(|| a.1.cmp(&b.1)));
    named.truncate(most);
    let top_rows: u64 = named.iter().map(|(code, _)| coded.counts[*code]).sum();
    let mut place = vec![named.len() as u32; coded.counts.len()];
    place.iter_mut().take(1).for_each(|null| *null = NO_BIN);
    named.iter().zip(0..).for_each(|((code, _), at)| place[*code] = at);
    let level = |(code, name): &(usize, String)| Level { level: shorten(name), rows: coded.counts[*code] };
    let top = named.iter().map(level).collect();
    (LevelSummary { top, other_rows: coded.present() - top_rows, outcomes: None }, place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_go_by_text_and_the_rest_is_summed_up() {
        let coded = Coded { codes: vec![1, 2, 3, 3, 0, 4, 2], counts: vec![1, 1, 2, 2, 1], values: vec![] };
        let names = ["", "z", "b", "a", "y"];
        let (found, place) = level_summary(&coded, &|code| names[code].to_owned(), 3);
        let told: Vec<(&str, u64)> = found.top.iter().map(|level| (level.level.as_str(), level.rows)).collect();
        assert_eq!(told, [("a", 2), ("b", 2), ("y", 1)]);
        assert_eq!((found.other_rows, place), (1, vec![NO_BIN, 3, 1, 0, 2]));
    }
}
