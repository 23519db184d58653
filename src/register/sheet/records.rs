//! The records of a text file, kept in step with the rows a spreadsheet program
//! would show.
//!
//! The csv crate passes over empty lines and accepts a quotation mark that is
//! never closed. Rows are named to people by number, and an unclosed mark
//! swallows the rest of the register, so this reader stands in front of it:
//! an empty line becomes a record of one empty field, and a mark still open at
//! the end is told.

use std::cell::RefCell;
use std::io::{self, BufReader, Read};
use std::rc::Rc;

use super::limits;

/// What was seen while reading; shared, because the csv reader owns the stream.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The row in which a quotation mark was opened that is still open.
    pub(super) open_quote: Option<u32>,
}

/// A record longer than is read.
#[derive(Debug, thiserror::Error)]
#[error("a record is too long")]
pub(super) struct TooLong;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Nothing of the line yet.
    LineStart,
    /// Nothing of the field yet.
    FieldStart,
    /// In a field without quotation marks.
    Plain,
    /// Between quotation marks.
    Quoted,
    /// Just after a mark that closes, or that stands for itself.
    Closing,
}

/// UTF-8 text in, the same out with `""` on each empty line.
pub(super) struct Records<R> {
    input: BufReader<R>,
    delimiter: u8,
    place: Place,
    row: u32,
    length: usize,
    after_return: bool,
    output: Vec<u8>,
    given: usize,
    seen: Rc<RefCell<Seen>>,
}

impl<R: Read> Records<R> {
    pub(super) fn new(input: R, delimiter: u8) -> (Self, Rc<RefCell<Seen>>) {
        let seen = Rc::<RefCell<Seen>>::default();
        let records = Self {
            input: BufReader::with_capacity(64 << 10, input),
            delimiter,
            place: Place::LineStart,
            row: 1,
            length: 0,
            after_return: false,
            output: Vec::new(),
            given: 0,
            seen: Rc::clone(&seen),
        };
        (records, seen)
    }

    fn refill(&mut self) -> io::Result<usize> {
        let mut bytes = vec![0; 32 << 10];
        let read = self.input.read(&mut bytes)?;
        self.output.clear();
        self.given = 0;
        for byte in &bytes[..read] {
            self.step(*byte)?;
        }
        if read == 0 && self.place == Place::Quoted {
            self.seen.borrow_mut().open_quote.get_or_insert(self.row);
        }
        Ok(read)
    }

    fn step(&mut self, byte: u8) -> io::Result<()> {
        let pairs_with_return = std::mem::take(&mut self.after_return) && byte == b'\n';
        self.length += 1;
        if self.length > limits::RECORD_BYTES {
            return Err(io::Error::other(TooLong));
        }
        if pairs_with_return {
            return Ok(());
        }
        if self.place != Place::Quoted && (byte == b'\n' || byte == b'\r') {
            self.end_line(byte);
            return Ok(());
        }
        self.place = match (self.place, byte) {
            (Place::LineStart | Place::FieldStart | Place::Closing, b'"') => Place::Quoted,
            (Place::Quoted, b'"') => Place::Closing,
            (Place::Quoted, _) => Place::Quoted,
            (_, byte) if byte == self.delimiter => Place::FieldStart,
            _ => Place::Plain,
        };
        self.output.push(byte);
        Ok(())
    }

    /// Every end of a line goes on as one `\n`.
    fn end_line(&mut self, byte: u8) {
        if self.place == Place::LineStart {
            self.output.extend_from_slice(b"\"\"");
        }
        self.output.push(b'\n');
        self.after_return = byte == b'\r';
        self.place = Place::LineStart;
        self.length = 0;
        self.row += 1;
    }
}

impl<R: Read> Read for Records<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.output.len() {
            if self.refill()? == 0 {
                return Ok(0);
            }
        }
        let rest = &self.output[self.given..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.given += count;
        Ok(count)
    }
}
