//! TOML files read past their first fault, so that one look shows all of them.

use std::ops::Range;
use std::path::Path;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue, Deserializer};

use crate::config::ConfigError;
use crate::config::error::line_at;

/// Reads a file into `T`, with everything that is wrong with it. Each faulty
/// part (a value, a section, one table of a list) is left out and the rest is
/// read again, so a value that comes with faults is not what the file says: it
/// is good for looking further, and for nothing else. A section that there must
/// be is put back without what is wrong in it. Without faults there is always a
/// value.
pub(crate) fn read<T: DeserializeOwned>(file: &Path, text: &str) -> (Option<T>, Vec<ConfigError>) {
    let (mut table, broken) = DeTable::parse_recoverable(text);
    if !broken.is_empty() {
        return (None, broken.iter().map(|fault| ConfigError::toml(file, text, fault)).collect());
    }
    let (mut faults, mut left_out) = (Vec::new(), Vec::<LeftOut<'_>>::new());
    loop {
        let fault = match T::deserialize(Deserializer::from(table.clone())) {
            Ok(value) => return (Some(value), faults),
            Err(fault) => fault,
        };
        let ours = left_out.iter_mut().rfind(|part| is_missing(&fault, &part.name));
        let part = match ours {
            Some(part) => put_back(table.get_mut(), part),
            None => {
                faults.push(ConfigError::toml(file, text, &fault));
                fault.span().and_then(|span| leave_out(table.get_mut(), &span))
            }
        };
        match part {
            Some(part) => left_out.push(part),
            None => return (None, faults),
        }
    }
}

/// The text at a key of a file's topmost table, however faulty the file is.
pub(crate) fn text_at(text: &str, key: &str) -> Option<String> {
    let (table, _) = DeTable::parse_recoverable(text);
    Some(table.get_ref().get(key)?.get_ref().as_str()?.to_owned())
}

/// The 1-based line of a key given by its path, such as `catalogue.url`; where
/// there is no such key, of the nearest table that would hold it.
pub(crate) fn line_of(text: &str, path: &str) -> Option<usize> {
    let table = DeTable::parse(text).ok()?;
    let mut inside = table.get_ref();
    let mut line = None;
    for step in path.split('.') {
        let Some((key, value)) = inside.get_key_value(step) else { break };
        line = Some(line_at(text, key.span().start));
        let Some(table) = value.get_ref().as_table() else { break };
        inside = table;
    }
    line
}

fn is_missing(fault: &toml::de::Error, name: &str) -> bool {
    fault.message() == format!("missing field `{name}`")
}

/// A part of a table that was taken out of it.
struct LeftOut<'a> {
    name: String,
    /// Where it is faulty.
    span: Range<usize>,
    /// Itself, where it may be put back.
    part: Option<(Spanned<DeString<'a>>, Spanned<DeValue<'a>>)>,
}

/// Puts a section back without what is wrong in it, and gives that; nothing where
/// it is wrong as a whole, or was put back before.
fn put_back<'a>(table: &mut DeTable<'a>, left_out: &mut LeftOut<'a>) -> Option<LeftOut<'a>> {
    let (key, mut section) = left_out.part.take()?;
    let DeValue::Table(inside) = section.get_mut() else { return None };
    let wrong = leave_out(inside, &left_out.span)?;
    table.insert(key, section);
    Some(LeftOut { part: None, ..wrong })
}

/// Takes out the part of the table that this span lies in, and gives it.
fn leave_out<'a>(table: &mut DeTable<'a>, span: &Range<usize>) -> Option<LeftOut<'a>> {
    let within = |key: &Spanned<_>, value: &_| covers(&key.span(), span) || holds(value, span);
    let (key, value) = table.iter_mut().find(|(key, value)| within(key, value))?;
    let mut left_out = LeftOut { name: key.get_ref().to_string(), span: span.clone(), part: None };
    if let DeValue::Array(list) = value.get_mut()
        && let Some(position) = list.iter().position(|one| is_table(one) && holds(one, span))
    {
        let others = list.clone().into_iter().enumerate().filter(|(at, _)| *at != position);
        *list = others.map(|(_, one)| one).collect();
    } else {
        left_out.part = table.remove_entry(left_out.name.as_str());
    }
    Some(left_out)
}

fn is_table(value: &Spanned<DeValue<'_>>) -> bool {
    value.get_ref().is_table()
}

/// Whether a value, or anything in it, stands where the span is. A table's own
/// span is its heading only.
fn holds(value: &Spanned<DeValue<'_>>, span: &Range<usize>) -> bool {
    covers(&value.span(), span)
        || match value.get_ref() {
            DeValue::Array(list) => list.iter().any(|one| holds(one, span)),
            DeValue::Table(table) => {
                table.iter().any(|(key, value)| covers(&key.span(), span) || holds(value, span))
            }
            _ => false,
        }
}

fn covers(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        name: String,
        #[serde(default)]
        size: u8,
        #[serde(default)]
        part: Vec<Part>,
        #[serde(default)]
        at: Place,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Part {
        weight: u8,
    }

    #[derive(Debug, PartialEq, Default, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Place {
        street: Option<String>,
    }

    fn lines(text: &str) -> (Option<File>, Vec<String>) {
        let (file, faults) = read(Path::new("f"), text);
        (file, faults.iter().map(|fault| fault.to_string().replacen("f, line ", "", 1)).collect())
    }

    #[test]
    fn every_faulty_part_is_told_and_the_rest_is_read() {
        let (file, faults) = lines(
            "name = 'x'\nsize = 'big'\ncolour = 1\n[[part]]\nweight = 'no'\n[[part]]\nweight = 2\n\
             [[part]]\nheight = 1\n[at]\nstreet = 3\n",
        );
        let file = file.expect("the rest");
        assert_eq!(
            (file.size, file.part, file.at),
            (0, vec![Part { weight: 2 }], Place::default())
        );
        let mut lines: Vec<_> = faults.iter().filter_map(|fault| fault.split(':').next()).collect();
        lines.sort_unstable();
        assert_eq!(lines, ["11", "2", "3", "5", "9"], "{faults:?}");
    }

    #[test]
    fn what_is_missing_because_it_was_left_out_is_not_told_again() {
        let (file, faults) = lines("name = 1\n");
        assert_eq!(file, None);
        assert_eq!(faults.len(), 1, "{faults:?}");
    }

    #[test]
    fn what_is_no_toml_is_told_as_such() {
        let (file, faults) = lines("name = \nsize = 3x\n");
        assert_eq!(file, None);
        assert!(faults[0].starts_with("1: "), "{faults:?}");
    }

    #[test]
    fn a_key_is_found_in_its_line_and_a_missing_one_in_its_table() {
        let text = "a = 1\n\n[b]\nc = 2\n";
        let cases = [("a", Some(1)), ("b.c", Some(4)), ("b.d", Some(3)), ("d", None)];
        for (path, line) in cases {
            assert_eq!(line_of(text, path), line, "{path}");
        }
    }
}
