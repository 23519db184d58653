//! Citations: the authorities a register names, found in its free text.
//!
//! A "legislation or business reason" cell says `LGA 1972 s224; Income Tax
//! (Pay As You Earn) Regs 2003, reg 97 / common practice`. [`find`] gives back
//! each authority with its kind, full title, year and provision, and where in
//! the text it stood. It reports what is written and never adds a year or a
//! section that is not there. Which of them are repealed is [`repealed`]'s part.
//!
//! | file | what it holds |
//! |---|---|
//! | `tokens` | the text as words and marks, each with its place |
//! | `provision` | sections, schedules, regulations, articles |
//! | `title` | the title of an Act or instrument, read back from its last word |
//! | `names` | abbreviations, titles and phrases known by name: the tables |
//! | `find` | the scan that puts them together |

mod find;
mod jurisdiction;
mod names;
mod provision;
pub mod repealed;
mod title;
mod tokens;

pub use find::find;
pub use jurisdiction::Jurisdiction;
pub use provision::{Provision, Step, Unit};

use std::fmt;
use std::ops::Range;

use crate::basis::{BasisCitation, BasisKind, Check, Sets};

/// One authority, as found in a text. [`fmt::Display`] writes its normal form,
/// `Limitation Act 1980 s.5`, in which it is found again.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Citation {
    /// What sort of authority it is.
    pub kind: BasisKind,
    /// Its title without the year; the words themselves for a business need;
    /// empty where only the number of an instrument is given.
    pub title: String,
    /// The year of its title, where the text gives one or its abbreviation
    /// stands for one year only.
    pub year: Option<u16>,
    /// `SI 2003/2682`, where given.
    pub number: Option<InstrumentNumber>,
    /// Sections, regulations and so on, in the order of the text.
    pub provisions: Vec<Provision>,
    /// The bytes of the text it was read from, its provisions included.
    pub span: Range<usize>,
}

/// The number of a statutory instrument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct InstrumentNumber {
    /// Which series.
    pub series: Series,
    /// The year.
    pub year: u16,
    /// The number in the year.
    pub number: u32,
}

/// The series in which statutory instruments are numbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Series {
    /// United Kingdom, and Welsh instruments by their main number.
    Si,
    /// Wales.
    Wsi,
    /// Scotland.
    Ssi,
    /// Northern Ireland.
    Nisr,
}

impl Series {
    /// How it is written before the number.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Si => "SI",
            Self::Wsi => "WSI",
            Self::Ssi => "SSI",
            Self::Nisr => "NISR",
        }
    }
}

impl Citation {
    /// The citation as a basis of a rule; what it fixes and whether it was ever
    /// compared with a source are not in the text, so the caller says.
    #[must_use]
    pub fn into_basis(self, sets: Sets, checked: Option<Check>) -> BasisCitation {
        BasisCitation { kind: self.kind, citation: self.to_string(), sets, checked }
    }
}

impl fmt::Display for InstrumentNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}/{}", self.series.name(), self.year, self.number)
    }
}

impl fmt::Display for Citation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.title)?;
        match (self.title.is_empty(), self.year, self.number) {
            (true, _, Some(number)) => write!(f, "{number}")?,
            (_, Some(year), Some(number)) => write!(f, " {year} ({number})")?,
            (_, None, Some(number)) => write!(f, " ({number})")?,
            (_, Some(year), None) => write!(f, " {year}")?,
            (_, None, None) => {}
        }
        for (position, provision) in self.provisions.iter().enumerate() {
            let comma = if position == 0 { "" } else { "," };
            write!(f, "{comma} {provision}")?;
        }
        Ok(())
    }
}
