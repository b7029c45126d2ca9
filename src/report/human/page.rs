//! A page of a fixed width: wrapping by what a terminal shows, colour, and the way out through the escaping function.

use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};
use owo_colors::{OwoColorize, Style};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::HumanOptions;
use crate::report::escape;

/// What a table keeps around the text of a cell.
const GAP: usize = 2;

/// Lines under construction.
pub(super) struct Page {
    pub(super) options: HumanOptions,
    text: String,
}

/// What a stretch of text means; colour only repeats it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Strong,
    Faint,
    Good,
    Doubtful,
    Bad,
}

impl Page {
    pub(super) fn new(options: HumanOptions) -> Self {
        Self {
            options,
            text: String::new(),
        }
    }

    /// Escaped, and defanged where that is wanted: the form in which text of a message may stand on the page.
    pub(super) fn safe(&self, text: &str) -> String {
        let visible = escape::visible(text);
        if self.options.defang {
            escape::defang(&visible)
        } else {
            visible.into_owned()
        }
    }

    /// The same for the cells of a table.
    pub(super) fn safe_cells<const N: usize>(&self, rows: Vec<[String; N]>) -> Vec<[String; N]> {
        let safe = |row: [String; N]| row.map(|cell| self.safe(&cell));
        rows.into_iter().map(safe).collect()
    }

    /// The same for quoted bytes.
    pub(super) fn safe_quotation(&self, text: &str) -> String {
        let visible = escape::visible(text);
        if self.options.defang {
            escape::defang_quotation(&visible)
        } else {
            visible.into_owned()
        }
    }

    /// Colours text that is already safe.
    pub(super) fn paint(&self, text: &str, tone: Tone) -> String {
        if !self.options.color || tone == Tone::Plain || text.is_empty() {
            return text.to_owned();
        }
        let style = match tone {
            Tone::Plain => Style::new(),
            Tone::Strong => Style::new().bold(),
            Tone::Faint => Style::new().dimmed(),
            Tone::Good => Style::new().green(),
            Tone::Doubtful => Style::new().yellow(),
            Tone::Bad => Style::new().red().bold(),
        };
        text.style(style).to_string()
    }

    /// An empty line; never two.
    pub(super) fn blank(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// A line that is already safe and short enough.
    pub(super) fn line(&mut self, safe: &str) {
        self.text.push_str(safe.trim_end());
        self.text.push('\n');
    }

    /// A table without strokes, of cells that are already safe. The names in the column at `names` stay whole where words in other
    /// columns can give way.
    pub(super) fn table<const N: usize>(
        &mut self,
        header: Option<[&str; N]>,
        rows: impl IntoIterator<Item = [String; N]>,
        names: Option<usize>,
    ) {
        let columns = |width: usize| u16::try_from(width).unwrap_or(u16::MAX);
        let width = self.options.width.saturating_sub(2);
        let mut table = Table::new();
        table
            .load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .force_no_tty()
            .set_width(columns(width));
        header.into_iter().for_each(|header| {
            table.set_header(header);
        });
        let mut least = 0;
        for cells in rows {
            let name = names.map_or(0, |names| cells[names].width());
            // One that is wrapped in any case need not have it all.
            let asked = if name <= width * 2 / 5 { name } else { width / 3 };
            least = least.max(asked);
            table.add_row(cells);
        }
        if let Some(column) = names.and_then(|names| table.column_mut(names)) {
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(columns(least + GAP))));
        }
        for line in table.lines() {
            self.line(&format!(" {line}"));
        }
    }

    /// A heading, with a remark at the right margin.
    pub(super) fn heading(&mut self, title: &str, remark: &str) {
        self.blank();
        let gap = self.options.width.saturating_sub(title.width() + remark.width()).max(2);
        let gap = if remark.is_empty() { 0 } else { gap };
        let line = format!(
            "{}{}{}",
            self.paint(title, Tone::Strong),
            " ".repeat(gap),
            self.paint(remark, Tone::Faint)
        );
        self.line(&line);
    }

    /// A paragraph of text that may come from the message.
    pub(super) fn wrapped(&mut self, indent: &str, text: &str) {
        self.hanging(indent, indent, text, Tone::Plain);
    }

    /// A paragraph whose first line begins with one text and whose further lines with another.
    pub(super) fn hanging(&mut self, first: &str, rest: &str, text: &str, tone: Tone) {
        let safe = self.safe(text);
        let room = self
            .options
            .width
            .saturating_sub(rest.width().max(first.width()))
            .max(16);
        for (number, line) in wrap(&safe, room).into_iter().enumerate() {
            let lead = if number == 0 { first } else { rest };
            let line = format!("{lead}{}", self.paint(&line, tone));
            self.line(&line);
        }
    }

    /// The whole page.
    pub(super) fn finish(mut self) -> String {
        while self.text.ends_with("\n\n") {
            self.text.pop();
        }
        self.text
    }
}

/// Breaks text at spaces into lines of at most `room` columns; a longer word stands alone, cut where it must be.
pub(super) fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let mut word = word;
        while let Some(line) = lines.last_mut() {
            let used = line.width();
            let gap = usize::from(used > 0);
            if used + gap + word.width() <= room {
                if gap > 0 {
                    line.push(' ');
                }
                line.push_str(word);
                break;
            }
            if used > 0 {
                lines.push(String::new());
                continue;
            }
            let cut = cut_at(word, room);
            line.push_str(&word[..cut]);
            word = &word[cut..];
            lines.push(String::new());
        }
    }
    if lines.len() > 1 && lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

/// The longest beginning of at most `room` columns, at least one character.
fn cut_at(word: &str, room: usize) -> usize {
    let mut end = 0;
    for (at, c) in word.char_indices() {
        let next = at + c.len_utf8();
        if end > 0 && word[..next].width() > room {
            break;
        }
        end = next;
    }
    end
}

/// Text cut to a number of columns, with a mark where something is missing.
pub(super) fn cut(text: &str, room: usize) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    let end = cut_at(text, room.saturating_sub(1).max(1));
    format!("{}…", &text[..end])
}

/// The same of an address, whose end says whose it is.
pub(super) fn cut_before(text: &str, room: usize) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    let room = room.saturating_sub(1).max(1);
    let mut width = 0;
    let fitting = text.char_indices().rev().take_while(|(_, c)| {
        width += c.width().unwrap_or_default();
        width <= room
    });
    let start = fitting.last().map_or(text.len(), |(at, _)| at);
    format!("…{}", &text[start..])
}

/// A word of the contract for a serialisable value.
pub(super) fn word<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_from_either_side() {
        assert_eq!(
            (cut("abcdef", 4), cut_before("abcdef", 4)),
            ("abc…".to_owned(), "…def".to_owned())
        );
        assert_eq!(
            (cut("abc", 3), cut_before("abc", 3)),
            ("abc".to_owned(), "abc".to_owned())
        );
        assert_eq!(cut_before("a漢字", 4), "…字");
    }

    #[test]
    fn wraps_by_columns() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("漢字漢字", 4), ["漢字", "漢字"]);
        assert_eq!(wrap("", 4), [""]);
    }

    #[test]
    fn cuts_with_a_mark() {
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("abc", 4), "abc");
    }
}
