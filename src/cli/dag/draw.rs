//! Boxes and lines on a sheet of characters.

use super::graph::Graph;
use super::layout::{Layout, Place};
use super::route::{Line, route};

const UP: u8 = 1;
const DOWN: u8 = 2;
const LEFT: u8 = 4;
const RIGHT: u8 = 8;

/// The characters of lines.
pub struct Signs {
    /// By the sides that a line leaves to: up 1, down 2, left 4, right 8.
    lines: [char; 16],
    arrow: char,
}

impl Signs {
    /// Box-drawing characters.
    pub const LINES: Self = Self {
        lines: [' ', '│', '│', '│', '─', '┘', '┐', '┤', '─', '└', '┌', '├', '─', '┴', '┬', '┼'],
        arrow: '▼',
    };
    /// What every font has.
    pub const ASCII: Self =
        Self { lines: [' ', '|', '|', '|', '-', '+', '+', '+', '-', '+', '+', '+', '-', '+', '+', '+'], arrow: 'v' };
}

#[derive(Clone, Copy)]
enum Cell {
    Line(u8),
    Text(char),
}

/// Draws the graph.
pub fn draw(graph: &Graph, layout: &Layout, signs: &Signs) -> String {
    let mut sheet = Sheet { rows: Vec::new(), width: layout.width };
    for (at, layer) in layout.layers.iter().enumerate() {
        sheet.boxes(graph, layer);
        if let Some(below) = layout.layers.get(at + 1) {
            let (lines, rows) = route(layer, below);
            sheet.lines(&lines, rows, below);
        }
    }
    sheet.text(signs)
}

struct Sheet {
    rows: Vec<Vec<Cell>>,
    width: usize,
}

impl Sheet {
    fn add_rows(&mut self, count: usize) -> usize {
        let start = self.rows.len();
        self.rows.resize(start + count, vec![Cell::Line(0); self.width]);
        start
    }

    fn line(&mut self, row: usize, column: usize, sides: u8) {
        if let Some(Cell::Line(known)) = self.rows.get_mut(row).and_then(|cells| cells.get_mut(column)) {
            *known |= sides;
        }
    }

    fn put(&mut self, row: usize, column: usize, sign: char) {
        if let Some(cell) = self.rows.get_mut(row).and_then(|cells| cells.get_mut(column)) {
            *cell = Cell::Text(sign);
        }
    }

    fn boxes(&mut self, graph: &Graph, layer: &[Place]) {
        let top = self.add_rows(3);
        for place in layer {
            let Some(name) = place.node.and_then(|node| graph.nodes.get(node)) else {
                (0..3).for_each(|row| self.line(top + row, place.left, UP | DOWN));
                continue;
            };
            let (left, right) = (place.left, place.left + place.width - 1);
            for (row, side) in [(top, DOWN), (top + 2, UP)] {
                (left + 1..right).for_each(|column| self.line(row, column, LEFT | RIGHT));
                self.line(row, left, side | RIGHT);
                self.line(row, right, side | LEFT);
            }
            self.line(top + 1, left, UP | DOWN);
            self.line(top + 1, right, UP | DOWN);
            name.chars().enumerate().for_each(|(at, sign)| self.put(top + 1, left + 2 + at, sign));
        }
    }

    /// Down from the upper boxes, sideways in the line's row, and down to the lower ones.
    fn lines(&mut self, lines: &[Line], rows: usize, below: &[Place]) {
        let straight = lines.iter().all(|line| line.span() == (line.from, line.from));
        let rows = if straight { 1 } else { rows + 2 };
        let top = self.add_rows(rows);
        for line in lines {
            // The box it leaves.
            self.line(top.saturating_sub(1), line.from, DOWN);
            let turn = top + (1 + line.row).min(rows - 1);
            (top..turn).for_each(|row| self.line(row, line.from, UP | DOWN));
            self.line(turn, line.from, UP);
            let (first, last) = line.span();
            for column in first..last {
                self.line(turn, column, RIGHT);
                self.line(turn, column + 1, LEFT);
            }
            for &to in &line.to {
                self.line(turn, to, DOWN);
                (turn + 1..top + rows).for_each(|row| self.line(row, to, UP | DOWN));
            }
        }
        for place in below.iter().filter(|place| place.node.is_some() && !place.above.is_empty()) {
            self.put(top + rows - 1, place.middle(), '\0');
        }
    }

    fn text(&self, signs: &Signs) -> String {
        let sign = |cell: &Cell| match cell {
            Cell::Line(sides) => signs.lines.get(usize::from(*sides)).copied().unwrap_or(' '),
            Cell::Text('\0') => signs.arrow,
            Cell::Text(sign) => *sign,
        };
        let row = |cells: &Vec<Cell>| cells.iter().map(sign).collect::<String>().trim_end().to_owned();
        self.rows.iter().map(row).collect::<Vec<_>>().join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::super::layout::layout;
    use super::*;

    /// Whatever the graph: every box whole and beside the others, and every edge ends in one.
    #[test]
    fn any_graph_is_drawn_with_all_its_boxes() {
        let mut state = 7u64;
        let mut random = move |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below.max(1)
        };
        for _ in 0..300 {
            let size = 1 + random(14);
            let mut graph = Graph::default();
            for node in 0..size {
                let earlier: Vec<usize> = (0..node).filter(|_| random(4) == 0).collect();
                graph.nodes.push(format!("{}{node}", "x".repeat(1 + random(9))));
                graph.before.push(earlier);
            }
            let layout = layout(&graph, 10_000).unwrap();
            for layer in &layout.layers {
                assert!(layer.windows(2).all(|pair| pair[0].left + pair[0].width < pair[1].left), "{graph:?}");
            }
            let drawn = draw(&graph, &layout, &Signs::LINES);
            for name in &graph.nodes {
                assert_eq!(drawn.matches(&format!("│ {name} │")).count(), 1, "{graph:?}\n{drawn}");
            }
            let ends = graph.before.iter().filter(|before| !before.is_empty()).count();
            assert_eq!(drawn.matches('▼').count(), ends, "{graph:?}\n{drawn}");
            assert!(super::super::layout::layout(&graph, layout.width - 1).is_none());
        }
    }
}
