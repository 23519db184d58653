//! A backlog above a ceiling is taken from its oldest end, list after list, as a
//! person asks; the program never cuts a list to fit.

use std::num::NonZeroU64;

use super::*;

impl Planning {
    async fn propose_oldest(&self, lines: u64) -> Result<Made, ApprovalError> {
        let mary = self.actor("mary").await;
        let wanted = Wanted { oldest: NonZeroU64::new(lines), ..Wanted::default() };
        let by = Proposer::Person(&mary);
        let mut all = propose(&self.desk(), by, &wanted, Run::Real).await?;
        all.pop().expect("one store").lists
    }
}

#[tokio::test]
async fn a_backlog_above_the_ceiling_goes_oldest_first_and_nothing_twice() {
    for database in Database::BOTH {
        let planning = Planning::with(database, 6).await;
        planning.share.file("planning/zz-oldest.pdf", "2012-06-01T10:00:00Z");
        planning.share.file("planning/yy-older.pdf", OLDER);
        planning.council.scan("share").await;
        planning.set("ceiling.max-lines", "3").await;

        let refused = words(planning.try_propose(Run::Real).await);
        let remedy = "take the longest overdue of it first with `retaind batch propose \
                      --record-type PLAN-14 --store share --oldest 3`";
        assert!(refused.contains(remedy), "{refused}");

        let made = planning.propose_oldest(3).await.unwrap();
        assert_eq!((made.batches.len(), made.left.later), (1, 5));
        let mut places: Vec<String> =
            planning.lines().await.into_iter().map(|line| line.locator).collect();
        places.sort();
        let expected = ["planning/record-00000", "planning/yy-older.pdf", "planning/zz-oldest.pdf"];
        assert_eq!(places, expected, "those of one day in the order of their places");

        let made = planning.propose_oldest(4).await;
        assert!(words(made).starts_with("4 items of `PLAN-14` are due"), "a ceiling stays one");
        let made = planning.propose_oldest(3).await.unwrap();
        assert_eq!((made.batches[0].lines, made.left.later, made.left.listed), (3, 2, 3));
        let made = planning.propose_oldest(3).await.unwrap();
        assert_eq!((made.batches[0].lines, made.left.later, made.left.listed), (2, 0, 6));
        assert_eq!(planning.lines().await.len(), 8, "each place stands on one list");
    }
}
