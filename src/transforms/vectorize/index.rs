//! From tokens to features: the terms of a vocabulary as a tree of their tokens.

use super::corpus::NONE;
use super::interner::Interner;
use super::terms::Terms;

/// Nodes are tokens, then longer and longer beginnings of terms; made anew from the terms wherever a model is read.
#[derive(Default)]
pub struct Index {
    /// Every token of a term.
    tokens: Interner,
    /// The feature of each node; `NONE` where it is the beginning of terms alone.
    features: Vec<u32>,
    /// Where the followers of each node begin, and the end of the last.
    starts: Vec<u32>,
    /// Tokens that follow; the node they lead to comes as many places after the tokens.
    followers: Vec<u32>,
}

impl Index {
    /// Of distinct terms; `spaced` ones are made of several tokens with a space between each two.
    pub fn new(terms: &Terms, spaced: bool) -> Self {
        let mut tokens = Interner::default();
        let mut sequences = Vec::new();
        let mut ends = vec![0];
        for term in terms.iter() {
            if spaced {
                sequences.extend(term.split(' ').map(|token| tokens.intern(token)));
            } else {
                sequences.push(tokens.intern(term));
            }
            ends.push(sequences.len());
        }
        let tree = Tree { tokens: tokens.len(), sequences: &sequences, ends: &ends };
        let (features, starts, followers) = tree.grow();
        Self { tokens, features, starts, followers }
    }

    /// The number of a token, `NONE` where no term has it.
    pub fn token(&self, text: &str) -> u32 {
        self.tokens.lookup(text).unwrap_or(NONE)
    }

    /// Adds the features of all terms of `grams` tokens that stand in a row.
    pub fn features(&self, row: &[u32], grams: (usize, usize), found: &mut Vec<u32>) {
        for (at, first) in row.iter().enumerate() {
            let mut node = *first;
            for (length, next) in (1..=grams.1).zip(row[at + 1..].iter().map(Some).chain([None])) {
                // Those that are no feature, and tokens that no term has, have no entry.
                let Some(feature) = self.features.get(node as usize) else { break };
                if length >= grams.0 && *feature != NONE {
                    found.push(*feature);
                }
                match next {
                    Some(token) if length < grams.1 => node = self.follower(node, *token),
                    _ => break,
                }
            }
        }
    }

    fn follower(&self, node: u32, token: u32) -> u32 {
        let range = self.starts[node as usize] as usize..self.starts[node as usize + 1] as usize;
        match self.followers[range.clone()].binary_search(&token) {
            Ok(at) => (self.tokens.len() + range.start + at) as u32,
            Err(_) => NONE,
        }
    }
}

/// The terms as numbers of tokens, end to end.
struct Tree<'a> {
    tokens: usize,
    sequences: &'a [u32],
    ends: &'a [usize],
}

impl Tree<'_> {
    /// Features and starts of the nodes, and followers: one length of beginnings after the other.
    fn grow(&self) -> (Vec<u32>, Vec<u32>, Vec<u32>) {
        let terms: Vec<&[u32]> = self.ends.windows(2).map(|range| &self.sequences[range[0]..range[1]]).collect();
        let mut features = vec![NONE; self.tokens];
        let mut edges: Vec<(u32, u32)> = Vec::new();
        let mut nodes: Vec<u32> = terms.iter().map(|term| term[0]).collect();
        let mut length = 1;
        loop {
            for (feature, term) in terms.iter().enumerate().filter(|(_, term)| term.len() == length) {
                features[nodes[feature] as usize] = feature as u32;
                debug_assert_eq!(term.len(), length);
            }
            let longer: Vec<usize> = (0..terms.len()).filter(|at| terms[*at].len() > length).collect();
            if longer.is_empty() {
                break;
            }
            let mut level: Vec<(u32, u32)> = longer.iter().map(|at| (nodes[*at], terms[*at][length])).collect();
            level.sort_unstable();
            level.dedup();
            for at in longer {
                if let Ok(place) = level.binary_search(&(nodes[at], terms[at][length])) {
                    nodes[at] = (self.tokens + edges.len() + place) as u32;
                }
            }
            edges.extend(level);
            features.resize(self.tokens + edges.len(), NONE);
            length += 1;
        }
        // Nodes of one length have lower numbers than those of the next, so edges are sorted by node.
        let mut starts = Vec::with_capacity(features.len() + 1);
        let mut end = 0;
        for node in 0..=features.len() as u32 {
            starts.push(end as u32);
            end += edges[end..].iter().take_while(|(from, _)| *from == node).count();
        }
        (features, starts, edges.into_iter().map(|(_, token)| token).collect())
    }
}
