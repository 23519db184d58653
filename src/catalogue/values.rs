//! How the house's types stand in columns.
//!
//! [`CivilDate`] is a `date`, [`Micros`] an instant, [`Text`] whatever prints
//! itself and reads itself back, [`JsonText`] a JSON text that is read when it is
//! asked for, and `words!` an enum that is a word in the catalogue. A column that
//! holds none of the words is an error that names it.

use std::fmt::{self, Display};
use std::str::FromStr;

use chrono::{Datelike as _, NaiveDate};
use jiff::Timestamp;
use jiff::civil::Date;
use sea_orm::sea_query::value::DateLikeValue;
use sea_orm::sea_query::{ArrayType, ColumnType, Nullable, StringLen, ValueType, ValueTypeErr};
use sea_orm::{
    ActiveValue, ColIdx, DbErr, DeriveValueType, IntoActiveValue, QueryResult, TryFromU64,
    TryGetError, TryGetable, Value,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// A civil date in a `date` column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CivilDate(pub Date);

impl From<Date> for CivilDate {
    fn from(date: Date) -> Self {
        Self(date)
    }
}

impl Display for CivilDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

fn to_chrono(date: Date) -> NaiveDate {
    let (month, day) = (date.month().unsigned_abs(), date.day().unsigned_abs());
    NaiveDate::from_ymd_opt(date.year().into(), month.into(), day.into())
        .expect("chrono's calendar holds every date of jiff's")
}

fn from_chrono(date: NaiveDate) -> Option<CivilDate> {
    let (year, month, day) = (date.year(), date.month(), date.day());
    Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?)
        .ok()
        .map(CivilDate)
}

impl From<CivilDate> for Value {
    fn from(date: CivilDate) -> Self {
        to_chrono(date.0).into()
    }
}

impl TryGetable for CivilDate {
    fn try_get_by<I: ColIdx>(row: &QueryResult, column: I) -> Result<Self, TryGetError> {
        let date = NaiveDate::try_get_by(row, column)?;
        from_chrono(date).ok_or_else(|| impossible(&date, "date"))
    }
}

impl ValueType for CivilDate {
    fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
        from_chrono(<NaiveDate as ValueType>::try_from(value)?).ok_or(ValueTypeErr)
    }

    fn type_name() -> String {
        "CivilDate".to_owned()
    }

    fn array_type() -> ArrayType {
        NaiveDate::array_type()
    }

    fn column_type() -> ColumnType {
        ColumnType::Date
    }
}

impl Nullable for CivilDate {
    fn null() -> Value {
        NaiveDate::null()
    }
}

impl IntoActiveValue<Self> for CivilDate {
    fn into_active_value(self) -> ActiveValue<Self> {
        ActiveValue::Set(self)
    }
}

impl DateLikeValue for CivilDate {}

/// Required of whatever is part of a primary key; no date is made from a count.
impl TryFromU64 for CivilDate {
    fn try_from_u64(_: u64) -> Result<Self, DbErr> {
        Err(DbErr::ConvertFromU64("CivilDate"))
    }
}

/// An instant, in microseconds since 1970 in UTC.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    DeriveValueType,
    Serialize,
    Deserialize,
)]
#[serde(transparent)]
pub struct Micros(pub i64);

impl From<Timestamp> for Micros {
    fn from(instant: Timestamp) -> Self {
        Self(instant.as_microsecond())
    }
}

impl Micros {
    /// The instant. What lies outside jiff's calendar is its nearest end.
    #[must_use]
    pub fn timestamp(self) -> Timestamp {
        let nearest = if self.0 < 0 { Timestamp::MIN } else { Timestamp::MAX };
        Timestamp::from_microsecond(self.0).unwrap_or(nearest)
    }
}

impl Display for Micros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.timestamp().fmt(f)
    }
}

/// A value in a text column, as it prints itself.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Text<T>(pub T);

impl<T: Display> From<Text<T>> for Value {
    fn from(text: Text<T>) -> Self {
        text.0.to_string().into()
    }
}

impl<T: FromStr<Err: Display>> TryGetable for Text<T> {
    fn try_get_by<I: ColIdx>(row: &QueryResult, column: I) -> Result<Self, TryGetError> {
        let text = String::try_get_by(row, column)?;
        text.parse().map(Self).map_err(|error: T::Err| impossible(&text, &error.to_string()))
    }
}

impl<T: FromStr> ValueType for Text<T> {
    fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
        let text = <String as ValueType>::try_from(value)?;
        text.parse().map(Self).map_err(|_| ValueTypeErr)
    }

    fn type_name() -> String {
        "Text".to_owned()
    }

    fn array_type() -> ArrayType {
        ArrayType::String
    }

    fn column_type() -> ColumnType {
        ColumnType::String(StringLen::None)
    }
}

impl<T> Nullable for Text<T> {
    fn null() -> Value {
        String::null()
    }
}

impl<T: Display> IntoActiveValue<Self> for Text<T> {
    fn into_active_value(self) -> ActiveValue<Self> {
        ActiveValue::Set(self)
    }
}

/// What a JSON column holds, as text: most rows are read for their other columns.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub struct JsonText(Box<RawValue>);

impl JsonText {
    /// The text of this.
    ///
    /// # Errors
    ///
    /// Where it cannot be said in JSON.
    pub fn of(value: &impl Serialize) -> serde_json::Result<Self> {
        serde_json::value::to_raw_value(value).map(Self)
    }

    /// What the text says.
    ///
    /// # Errors
    ///
    /// Where it says something else.
    pub fn read<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_str(self.0.get())
    }

    /// What the text says, whatever it is.
    #[must_use]
    pub fn value(&self) -> serde_json::Value {
        self.read().expect("it was read as JSON before")
    }
}

/// The two databases keep the same JSON in different texts.
impl PartialEq for JsonText {
    fn eq(&self, other: &Self) -> bool {
        self.0.get() == other.0.get() || self.value() == other.value()
    }
}

impl Eq for JsonText {}

impl From<serde_json::Value> for JsonText {
    fn from(value: serde_json::Value) -> Self {
        Self(RawValue::from_string(value.to_string()).expect("a value prints itself as JSON"))
    }
}

impl From<JsonText> for Value {
    fn from(text: JsonText) -> Self {
        text.value().into()
    }
}

impl TryGetable for JsonText {
    fn try_get_by<I: ColIdx>(row: &QueryResult, column: I) -> Result<Self, TryGetError> {
        serde_json::Value::try_get_by(row, column).map(Self::from)
    }
}

impl ValueType for JsonText {
    fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
        <serde_json::Value as ValueType>::try_from(value).map(Self::from)
    }

    fn type_name() -> String {
        "JsonText".to_owned()
    }

    fn array_type() -> ArrayType {
        serde_json::Value::array_type()
    }

    fn column_type() -> ColumnType {
        ColumnType::JsonBinary
    }
}

impl Nullable for JsonText {
    fn null() -> Value {
        serde_json::Value::null()
    }
}

impl IntoActiveValue<Self> for JsonText {
    fn into_active_value(self) -> ActiveValue<Self> {
        ActiveValue::Set(self)
    }
}

fn impossible(value: &dyn Display, why: &str) -> TryGetError {
    TryGetError::DbErr(DbErr::Type(format!("the catalogue holds `{value}`: {why}")))
}

/// A word in the catalogue that is none of those its column may hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is not {what}: it is one of {known}")]
pub struct UnknownWord {
    /// The word.
    pub word: String,
    /// What it should have been, with its article.
    pub what: &'static str,
    /// The words it may be.
    pub known: String,
}

/// Enums that stand in the catalogue as words. To each, what it is.
macro_rules! words {
    ($($(#[$doc:meta])* $enum:ident, $what:literal { $($(#[$variant_doc:meta])* $name:ident = $text:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash,
            ::serde::Serialize, ::serde::Deserialize, ::sea_orm::DeriveValueType,
        )]
        #[sea_orm(value_type = "String")]
        pub enum $enum { $($(#[$variant_doc])* #[serde(rename = $text)] $name,)* }

        impl $enum {
            /// Every one, in the order people are shown them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its word in the catalogue, in commands and in files.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }

        impl ::sea_orm::TryFromU64 for $enum {
            fn try_from_u64(_: u64) -> Result<Self, ::sea_orm::DbErr> {
                Err(::sea_orm::DbErr::ConvertFromU64(stringify!($enum)))
            }
        }

        impl ::std::fmt::Display for $enum {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl ::std::str::FromStr for $enum {
            type Err = $crate::catalogue::values::UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let known = Self::ALL.iter().copied().find(|one| one.name() == text);
                known.ok_or_else(|| $crate::catalogue::values::UnknownWord {
                    word: text.to_owned(),
                    what: $what,
                    known: [$($text),*].join(", "),
                })
            }
        }
    )*};
}

pub(crate) use words;
