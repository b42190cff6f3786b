//! Cutters of text formats: lines, blocks between blank lines, and the whole file.

use memchr::memchr;

use super::records::{Cut, Cutter};

/// Every line that is not blank is a record.
pub(super) struct Lines;

impl Cutter for Lines {
    fn cut(&mut self, data: &[u8], from: usize, ended: bool) -> Cut {
        let end = match memchr(b'\n', &data[from..]) {
            Some(at) => from + at + 1,
            None if !ended => return Cut::More(data.len()),
            None if data.is_empty() => return Cut::End,
            None => data.len(),
        };
        if data[..end].trim_ascii().is_empty() { Cut::Skip(end) } else { Cut::Record(end) }
    }
}

/// Every run of lines between blank lines is a record.
pub(super) struct Blocks;

impl Cutter for Blocks {
    fn cut(&mut self, data: &[u8], from: usize, ended: bool) -> Cut {
        if from == 0 {
            let blank = data.iter().take_while(|b| matches!(b, b'\n' | b'\r')).count();
            if blank > 0 {
                return Cut::Skip(blank);
            }
        }
        let mut at = from;
        while let Some(found) = memchr(b'\n', &data[at..]) {
            at += found + 1;
            match data[at..] {
                [b'\n', ..] | [b'\r', b'\n', ..] => return found_block(data, at),
                [] | [b'\r'] if !ended => return Cut::More(at - 1),
                _ => {}
            }
        }
        match (ended, data.trim_ascii().is_empty()) {
            (false, _) => Cut::More(data.len()),
            (true, true) => Cut::End,
            (true, false) => Cut::Record(data.len()),
        }
    }
}

fn found_block(data: &[u8], end: usize) -> Cut {
    if data[..end].trim_ascii().is_empty() { Cut::Skip(end) } else { Cut::Record(end) }
}

/// The whole file is one record.
#[derive(Default)]
pub(super) struct Whole {
    cut: bool,
}

impl Cutter for Whole {
    fn cut(&mut self, data: &[u8], _: usize, ended: bool) -> Cut {
        match (ended, self.cut) {
            (false, _) => Cut::More(data.len()),
            (true, true) => Cut::End,
            (true, false) => {
                self.cut = true;
                Cut::Record(data.len())
            }
        }
    }
}
