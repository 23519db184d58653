//! Positions in a list, written as runs: `0-499,510`.

use std::fmt::{self, Display};
use std::str::FromStr;

/// Positions in a list, each once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Positions {
    /// The first and the last of each run, in order; no two overlap.
    runs: Vec<(i64, i64)>,
}

/// What is no list of positions.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no run of positions that follows those before it")]
pub struct NoPositions(String);

impl Positions {
    /// Whether this is one of them.
    #[must_use]
    pub fn has(&self, position: i64) -> bool {
        let run = self.runs.partition_point(|(_, last)| *last < position);
        self.runs.get(run).is_some_and(|(first, _)| *first <= position)
    }

    /// The first and the last.
    #[must_use]
    pub fn ends(&self) -> Option<(i64, i64)> {
        let ((first, _), (_, last)) = self.runs.first().zip(self.runs.last())?;
        Some((*first, *last))
    }
}

impl FromIterator<i64> for Positions {
    fn from_iter<I: IntoIterator<Item = i64>>(positions: I) -> Self {
        let mut positions: Vec<i64> = positions.into_iter().collect();
        positions.sort_unstable();
        let mut runs: Vec<(i64, i64)> = Vec::new();
        for position in positions {
            match runs.last_mut() {
                Some((_, last)) if position - *last <= 1 => *last = position,
                _ => runs.push((position, position)),
            }
        }
        Self { runs }
    }
}

impl Display for Positions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (first, last)) in self.runs.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            match first == last {
                true => write!(f, "{comma}{first}")?,
                false => write!(f, "{comma}{first}-{last}")?,
            }
        }
        Ok(())
    }
}

impl FromStr for Positions {
    type Err = NoPositions;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut runs: Vec<(i64, i64)> = Vec::new();
        for run in text.split(',').filter(|_| !text.is_empty()) {
            let (first, last) = run.split_once('-').unwrap_or((run, run));
            let after = runs.last().map_or(-1, |(_, last)| *last);
            match (first.parse(), last.parse()) {
                (Ok(first), Ok(last)) if after < first && first <= last => runs.push((first, last)),
                _ => return Err(NoPositions(run.to_owned())),
            }
        }
        Ok(Self { runs })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_written_as_runs_and_read_back() {
        for (positions, text) in [
            (vec![], ""),
            (vec![0], "0"),
            (vec![3, 4, 5], "3-5"),
            (vec![7, 0, 1, 3, 2, 9, 7], "0-3,7,9"),
        ] {
            let written: Positions = positions.iter().copied().collect();
            assert_eq!(written.to_string(), text);
            let read: Positions = text.parse().unwrap();
            for position in 0..12 {
                assert_eq!(read.has(position), positions.contains(&position), "{position}: {text}");
            }
            assert_eq!(
                read.ends(),
                positions.iter().min().copied().zip(positions.iter().max().copied())
            );
        }
    }

    #[test]
    fn positions_one_by_one_are_read_as_what_they_are() {
        let read: Positions = "4,5,6,8".parse().unwrap();
        assert!([4, 5, 6, 8].iter().all(|position| read.has(*position)));
        assert!([3, 7, 9].iter().all(|position| !read.has(*position)));
    }

    #[test]
    fn what_is_no_list_of_positions_is_refused() {
        for text in ["-1", "a", "1-", "3-2", "1,1", "4,2", "1,,2", "1-3,2", " 1", ","] {
            let refused = text.parse::<Positions>().unwrap_err().to_string();
            assert!(refused.contains("is no run of positions"), "{text}: {refused}");
        }
    }
}
