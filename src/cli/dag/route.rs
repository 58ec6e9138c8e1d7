//! The lines between two layers: each upper place has one row in which its line runs sideways.

use super::layout::Place;

/// The lines that leave one place.
#[derive(Debug)]
pub struct Line {
    /// The column it leaves at.
    pub from: usize,
    /// The columns it goes to.
    pub to: Vec<usize>,
    /// The row in which it runs sideways, from 0.
    pub row: usize,
}

impl Line {
    /// Its first and last column.
    pub fn span(&self) -> (usize, usize) {
        let all = || self.to.iter().copied().chain([self.from]);
        (all().min().unwrap_or(self.from), all().max().unwrap_or(self.from))
    }
}

/// The lines from one layer to the next, and how many rows they take.
pub fn route(upper: &[Place], lower: &[Place]) -> (Vec<Line>, usize) {
    let mut lines: Vec<Line> =
        upper.iter().map(|place| Line { from: place.middle(), to: Vec::new(), row: 0 }).collect();
    for place in lower {
        for &above in &place.above {
            lines[above].to.push(place.middle());
        }
    }
    lines.retain(|line| !line.to.is_empty());
    let mut placed: Vec<usize> = Vec::new();
    let mut waiting: Vec<usize> = (0..lines.len()).collect();
    while !waiting.is_empty() {
        // A line that ends in the column where another one begins must be turned below that one's turn.
        let waits = |at: usize| waiting.iter().any(|&other| other != at && lines[at].to.contains(&lines[other].from));
        // In a circle of such lines one has to begin.
        let next = waiting.iter().position(|&at| !waits(at)).unwrap_or(0);
        let at = waiting.remove(next);
        let row = placed.iter().filter_map(|&other| below(&lines[at], &lines[other])).max().unwrap_or(0);
        lines[at].row = row;
        placed.push(at);
    }
    let rows = lines.iter().map(|line| line.row + 1).max().unwrap_or(1);
    (lines, rows)
}

/// The first row that a line can have because of another one; none where that does not matter.
fn below(line: &Line, other: &Line) -> Option<usize> {
    let ((left, right), (first, last)) = (line.span(), other.span());
    let overlap = left <= last && first <= right;
    let straight = left == right || first == last;
    // All of these to all of those: one row says it.
    if line.to == other.to {
        return Some(other.row);
    }
    if line.to.contains(&other.from) || (overlap && !straight) { Some(other.row + 1) } else { None }
}
