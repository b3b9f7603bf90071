//! Tables: columns as wide as their widest cell, and a last column that wraps, below the others
//! where the terminal is too narrow for it beside them.

use crate::settings::Look;
use anstyle::Style;
use unicode_width::UnicodeWidthStr as _;

/// Between two columns.
const GAP: &str = "   ";
/// The last column stands below the others rather than beside them in less room than this.
const BESIDE_COLUMNS_MIN: usize = 30;
/// How far it is indented there.
const BELOW: &str = "    ";

/// A cell and how it looks.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    /// A cell in a colour, where there are any.
    pub fn styled(text: impl Into<String>, style: Style) -> Self {
        Self { text: text.into(), style }
    }

    fn width(&self) -> usize {
        self.text.width()
    }

    fn painted(&self, text: &str, look: Look) -> String {
        if look.colour && self.style != Style::new() && !text.is_empty() {
            format!("{}{text}{}", self.style.render(), self.style.render_reset())
        } else {
            text.to_owned()
        }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::styled(text, Style::new())
    }
}

/// The head of a table.
pub fn head<const N: usize>(words: [&str; N]) -> Vec<Cell> {
    words.map(|word| Cell::styled(word, Style::new().dimmed())).into()
}

/// The rows, one below the other.
pub fn table(rows: &[Vec<Cell>], look: Look) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let widths: Vec<usize> = (0..columns.saturating_sub(1))
        .map(|at| rows.iter().filter_map(|row| row.get(at)).map(Cell::width).max().unwrap_or_default())
        .collect();
    let before: usize = widths.iter().map(|width| width + GAP.len()).sum();
    rows.iter().map(|row| line(row, &widths, before, look)).collect()
}

/// How wide the widest line would be that is not wrapped.
pub fn width(rows: &[Vec<Cell>]) -> usize {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let widest = |at| rows.iter().filter_map(|row| row.get(at)).map(Cell::width).max().unwrap_or_default();
    (0..columns).map(|at| widest(at) + GAP.len()).sum::<usize>().saturating_sub(GAP.len())
}

/// Does each row stay in its columns, the last one wrapped in its own where it must be?
pub fn fits(rows: &[Vec<Cell>], look: Look) -> bool {
    let last = rows.iter().map(Vec::len).max().unwrap_or_default().saturating_sub(1);
    let before: Vec<Vec<Cell>> = rows.iter().map(|row| row.iter().take(last).cloned().collect()).collect();
    let beside = width(&before) + GAP.len() + BESIDE_COLUMNS_MIN;
    width(rows) <= look.width || beside <= look.width
}

fn line(row: &[Cell], widths: &[usize], before: usize, look: Look) -> String {
    let mut text = String::new();
    for (cell, width) in row.iter().zip(widths) {
        text.push_str(&cell.painted(&cell.text, look));
        text.push_str(&" ".repeat(width - cell.width()));
        text.push_str(GAP);
    }
    let last = row.get(widths.len()).filter(|cell| !cell.text.is_empty());
    let mut text = match last {
        None => text.trim_end().to_owned(),
        Some(cell) if before + cell.width() <= look.width => text + &cell.painted(&cell.text, look),
        Some(cell) => {
            let beside = look.width.saturating_sub(before) >= BESIDE_COLUMNS_MIN;
            let indent = if beside { " ".repeat(before) } else { BELOW.to_owned() };
            let lines = wrapped(&cell.text, look.width.saturating_sub(indent.len()));
            let lines: Vec<String> = lines.iter().map(|line| cell.painted(line, look)).collect();
            let start = match (beside, text.trim_end()) {
                (true, _) => text,
                (false, "") => indent.clone(),
                (false, before) => format!("{before}\n{indent}"),
            };
            start + &lines.join(&format!("\n{indent}"))
        }
    };
    text.push('\n');
    text
}

/// Lines of at most `columns`, broken between words; a longer word has a line of its own.
pub fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{Cell, table};
    use crate::settings::Look;
    use anstyle::AnsiColor;

    fn rows() -> Vec<Vec<Cell>> {
        let row = |cells: [&str; 3]| cells.map(Cell::from).into();
        vec![
            row(["network", "create 3", "never applied"]),
            row([
                "api",
                "création 10",
                "table: unknown until database is applied · stream: unknown until database is applied",
            ]),
            row(["", "", "assumed not null: table"]),
            row(["app", "unchanged", ""]),
        ]
    }

    #[test]
    fn the_last_column_wraps_beside_the_others() {
        let text = table(&rows(), Look { colour: false, width: 64 });
        let beside = " ".repeat(24);
        let lines = [
            "network   create 3      never applied",
            "api       création 10   table: unknown until database is applied",
            &format!("{beside}· stream: unknown until database is"),
            &format!("{beside}applied"),
            &format!("{beside}assumed not null: table"),
            "app       unchanged",
        ];
        assert_eq!(text.lines().collect::<Vec<_>>(), lines);
    }

    #[test]
    fn in_a_narrow_terminal_it_stands_below() {
        let text = table(&rows(), Look { colour: false, width: 40 });
        let lines = [
            "network   create 3      never applied",
            "api       création 10",
            "    table: unknown until database is",
            "    applied · stream: unknown until",
            "    database is applied",
            "    assumed not null: table",
            "app       unchanged",
        ];
        assert_eq!(text.lines().collect::<Vec<_>>(), lines);
    }

    #[test]
    fn colour_takes_no_room() {
        let row = vec![Cell::styled("✓", AnsiColor::Green.on_default()), Cell::from("x")];
        assert_eq!(table(std::slice::from_ref(&row), Look { colour: false, width: 80 }), "✓   x\n");
        assert_eq!(table(&[row], Look { colour: true, width: 80 }), "\u{1b}[32m✓\u{1b}[0m   x\n");
    }
}
