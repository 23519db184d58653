//! Keys as text and back, without loss.
//!
//! A row is `table/key`, the parts of a composite key with commas between; a
//! unit is `table/column=value/`. A backslash, comma or slash in a value is
//! written `\\`, `\,` or `\x2F`, so that only a unit ends in `/`.

/// Appends one value, escaped.
pub(super) fn append(text: &mut String, value: &str) {
    for character in value.chars() {
        match character {
            '\\' => text.push_str("\\\\"),
            ',' => text.push_str("\\,"),
            '/' => text.push_str("\\x2F"),
            plain => text.push(plain),
        }
    }
}

/// The values of a key, or nothing where the text is no key.
pub(super) fn values(text: &str) -> Option<Vec<String>> {
    let mut values = vec![String::new()];
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        let next = match character {
            ',' => {
                values.push(String::new());
                continue;
            }
            '/' => return None,
            '\\' => match rest.next()? {
                escaped @ ('\\' | ',') => escaped,
                'x' if rest.next() == Some('2') && rest.next() == Some('F') => '/',
                _ => return None,
            },
            plain => plain,
        };
        values.last_mut()?.push(next);
    }
    Some(values)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_key_reads_back(key in proptest::collection::vec("[a/,\\\\x2Fé ]{0,6}", 1..4)) {
            let mut text = String::new();
            for (at, value) in key.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                append(&mut text, value);
            }
            prop_assert!(!text.contains('/'));
            prop_assert_eq!(values(&text), Some(key));
        }
    }
}
