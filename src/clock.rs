//! The time, and ids made from it.
//!
//! Everything else takes the time as an argument; this is the only place that
//! asks the machine for it, so a test, a replay and a journey may set it.

use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Instant;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use retaind_schedules::calendar::london_date;
use uuid::Uuid;
use uuid::timestamp::Timestamp as UuidTime;
use uuid::timestamp::context::ContextV7;

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;

    /// How long has gone by since some moment: evenly, whatever time the machine
    /// is set to. Tells how long something takes, never when it was. The time
    /// itself, of a clock that is never set back.
    fn elapsed(&self) -> SignedDuration {
        self.now().as_duration()
    }

    /// The present day in London, on which retention is reckoned.
    fn today(&self) -> Date {
        london_date(self.now())
    }

    /// A new id (UUIDv7), made of the present instant.
    fn new_id(&self) -> Uuid {
        id_at(self.now())
    }
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks for the time")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn elapsed(&self) -> SignedDuration {
        SignedDuration::try_from(BEGUN.elapsed()).unwrap_or(SignedDuration::MAX)
    }
}

/// The moment from which the machine's clock tells how long has gone by.
static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// A clock that stands still until it is set. Its copies share one time.
/// Forward, the time goes by; back, only the clock is set.
#[derive(Debug, Clone)]
pub struct FixedClock {
    at: Arc<Mutex<(Timestamp, SignedDuration)>>,
}

impl FixedClock {
    /// A clock that says it is this instant.
    #[must_use]
    pub fn at(instant: Timestamp) -> Self {
        Self { at: Arc::new(Mutex::new((instant, SignedDuration::ZERO))) }
    }

    /// Moves the clock, forward or back.
    pub fn set(&self, instant: Timestamp) {
        let (now, elapsed) = &mut *self.at.lock().unwrap_or_else(PoisonError::into_inner);
        *elapsed += instant.duration_since(*now).max(SignedDuration::ZERO);
        *now = instant;
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.at.lock().unwrap_or_else(PoisonError::into_inner).0
    }

    fn elapsed(&self) -> SignedDuration {
        self.at.lock().unwrap_or_else(PoisonError::into_inner).1
    }
}

/// Orders the ids that are made within one millisecond; with the instant of the
/// last one.
static ORDER: Mutex<Option<(Timestamp, ContextV7)>> = Mutex::new(None);

/// An id (UUIDv7) made of this instant. Ids made of the same instant differ,
/// and sort in the order they were made. Where the clock goes back so do they.
#[must_use]
pub fn id_at(now: Timestamp) -> Uuid {
    let seconds = u64::try_from(now.as_second()).unwrap_or_default();
    let nanoseconds = u32::try_from(now.subsec_nanosecond()).unwrap_or_default();
    let mut order = ORDER.lock().unwrap_or_else(PoisonError::into_inner);
    let context = match order.take() {
        Some((last, context)) if last <= now => context,
        _ => ContextV7::new(),
    };
    let id = Uuid::new_v7(UuidTime::from_unix(&context, seconds, nanoseconds));
    *order = Some((now, context));
    id
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn summer_midnight() -> Timestamp {
        "2026-06-30T23:30:00Z".parse().unwrap()
    }

    #[test]
    fn the_day_is_londons() {
        assert_eq!(FixedClock::at(summer_midnight()).today(), date(2026, 7, 1));
    }

    #[test]
    fn ids_of_one_instant_differ_and_sort_in_the_order_they_were_made() {
        let later = id_at(summer_midnight() + jiff::SignedDuration::from_hours(1));
        let clock = FixedClock::at(summer_midnight());
        let ids: Vec<Uuid> = (0..1000).map(|_| clock.new_id()).collect();
        assert!(ids.is_sorted_by(|a, b| a < b));
        assert!(ids[999] < later, "the clock went back");
        let (seconds, _) = ids[0].get_timestamp().unwrap().to_unix();
        assert_eq!(seconds, u64::try_from(summer_midnight().as_second()).unwrap());
    }

    #[test]
    fn copies_of_a_fixed_clock_move_together() {
        let clock = FixedClock::at(Timestamp::UNIX_EPOCH);
        let copy = clock.clone();
        clock.set(summer_midnight());
        assert_eq!(copy.now(), summer_midnight());
    }

    #[test]
    fn a_clock_that_is_set_back_takes_nothing_away_from_what_has_gone_by() {
        let clock = FixedClock::at(summer_midnight());
        for (minutes, elapsed) in [(4, 4), (-60, 4), (-57, 7)] {
            clock.set(summer_midnight() + SignedDuration::from_mins(minutes));
            assert_eq!(clock.elapsed(), SignedDuration::from_mins(elapsed));
        }
        assert!(SystemClock.elapsed() <= SystemClock.elapsed());
    }
}
