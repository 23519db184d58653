//! Paths as text and back, without loss.
//!
//! A path below the root is written with `/`; a byte that is not UTF-8 as
//! `\xE9`, a backslash as `\\`. So every name has one locator, and every locator
//! names one path.

use std::fmt::Write as _;

/// Appends the text of some bytes of a path.
pub(super) fn append(text: &mut String, bytes: &[u8]) {
    match std::str::from_utf8(bytes) {
        Ok(plain) if !bytes.contains(&b'\\') => text.push_str(plain),
        _ => append_escaped(text, bytes),
    }
}

fn append_escaped(text: &mut String, bytes: &[u8]) {
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\\' => text.push_str("\\\\"),
                plain => text.push(plain),
            }
        }
        for byte in chunk.invalid() {
            // Writing to a string cannot fail.
            let _ = write!(text, "\\x{byte:02X}");
        }
    }
}

/// The text of a path.
pub(super) fn text(path: &[u8]) -> String {
    let mut text = String::with_capacity(path.len());
    append(&mut text, path);
    text
}

/// The path a text stands for, or nothing where it stands for none.
pub(super) fn path(text: &str) -> Option<Vec<u8>> {
    let mut path = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        path.extend_from_slice(&rest.as_bytes()[..at]);
        let escape = &rest[at + 1..];
        rest = if let Some(after) = escape.strip_prefix('\\') {
            path.push(b'\\');
            after
        } else {
            let hex = escape.strip_prefix('x')?.get(..2)?;
            path.push(u8::from_str_radix(hex, 16).ok()?);
            &escape[3..]
        };
    }
    path.extend_from_slice(rest.as_bytes());
    // Only the one way of writing a path is taken, or two locators would name
    // the same file.
    (self::text(&path) == text).then_some(path)
}

/// Whether a path has only ordinary steps: no `..`, no `.`, no empty name.
pub(super) fn is_plain(path: &[u8]) -> bool {
    path.split(|byte| *byte == b'/').all(|step| !matches!(step, b"" | b"." | b".."))
        && !path.contains(&0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_path_reads_back(bytes in proptest::collection::vec(1u8.., 0..40)) {
            prop_assert_eq!(path(&text(&bytes)), Some(bytes));
        }

        #[test]
        fn every_text_that_names_a_path_is_its_only_one(text_in in "[a-c/é\\\\xE9F]{0,12}") {
            if let Some(path) = path(&text_in) {
                prop_assert_eq!(text(&path), text_in);
            }
        }
    }

    #[test]
    fn odd_names_are_written_so_that_people_can_read_them() {
        for (bytes, written) in [
            (&b"caf\xC3\xA9/menu.pdf"[..], "café/menu.pdf"),
            (b"caf\xE9", "caf\\xE9"),
            (b"a\\b", "a\\\\b"),
            (b"\\xE9", "\\\\xE9"),
        ] {
            assert_eq!(text(bytes), written);
        }
        assert_eq!(path("a\\n"), None);
        assert_eq!(path("a\\x4"), None);
        assert_eq!(path("a\\x41"), None, "an `A` is written as itself");
    }

    #[test]
    fn a_path_with_steps_that_lead_elsewhere_is_not_plain() {
        for path in ["..", "a/../b", "a//b", "/a", "a/", ".", ""] {
            assert!(!is_plain(path.as_bytes()), "{path}");
        }
        assert!(is_plain(b"a/b..c/...d"));
    }
}
