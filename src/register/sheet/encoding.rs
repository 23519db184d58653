//! Text files: from bytes to characters.
//!
//! A mark at the start decides (UTF-8, UTF-16). Without one, the file is UTF-8
//! where every byte of it is, and else Windows-1252, which is what Excel on a
//! British machine writes as "CSV".

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, WINDOWS_1252};

use super::Decoded;
use crate::register::error::Problem;

/// How this file is to be decoded.
pub(super) fn detect(file: &mut File) -> Result<(&'static Encoding, Decoded), Problem> {
    let mut head = [0; 3];
    let read = file.read(&mut head).map_err(Problem::io)?;
    file.seek(SeekFrom::Start(0)).map_err(Problem::io)?;
    if let Some((encoding, _)) = Encoding::for_bom(&head[..read]) {
        return Ok((encoding, Decoded::Surely));
    }
    let is_utf8 = is_utf8(file).map_err(Problem::io)?;
    file.seek(SeekFrom::Start(0)).map_err(Problem::io)?;
    Ok(if is_utf8 { (UTF_8, Decoded::Surely) } else { (WINDOWS_1252, Decoded::AsWindows1252) })
}

fn is_utf8(file: &mut File) -> io::Result<bool> {
    let mut decoder = UTF_8.new_decoder_without_bom_handling();
    let mut input = BufReader::with_capacity(64 << 10, file);
    let mut output = vec![0; 256 << 10];
    loop {
        let bytes = input.fill_buf()?;
        let last = bytes.is_empty();
        let (_, read, _, malformed) = decoder.decode_to_utf8(bytes, &mut output, last);
        if malformed {
            return Ok(false);
        }
        if last {
            return Ok(true);
        }
        input.consume(read);
    }
}

/// Reads bytes in some encoding as UTF-8.
pub(super) struct Utf8<R> {
    input: BufReader<R>,
    decoder: Decoder,
    output: Vec<u8>,
    given: usize,
    state: State,
}

#[derive(PartialEq, Eq)]
enum State {
    Reading,
    Ended,
}

impl<R: Read> Utf8<R> {
    pub(super) fn new(input: R, encoding: &'static Encoding) -> Self {
        Self {
            input: BufReader::with_capacity(64 << 10, input),
            decoder: encoding.new_decoder_with_bom_removal(),
            output: Vec::new(),
            given: 0,
            state: State::Reading,
        }
    }

    fn refill(&mut self) -> io::Result<()> {
        self.given = 0;
        self.output.resize(256 << 10, 0);
        let bytes = self.input.fill_buf()?;
        let last = bytes.is_empty();
        let (result, read, written, _) = self.decoder.decode_to_utf8(bytes, &mut self.output, last);
        self.input.consume(read);
        self.output.truncate(written);
        if last && result == CoderResult::InputEmpty {
            self.state = State::Ended;
        }
        Ok(())
    }
}

impl<R: Read> Read for Utf8<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.output.len() && self.state == State::Reading {
            self.refill()?;
        }
        let rest = &self.output[self.given..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.given += count;
        Ok(count)
    }
}
