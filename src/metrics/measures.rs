//! The table of measures: name, what it means, and the query that reads it.

/// One figure, or one for each set of labels.
#[derive(Debug)]
pub struct Measure {
    /// Its name, as alert rules give it.
    pub name: &'static str,
    /// What it says, in one sentence.
    pub help: &'static str,
    /// The labels, in the order of the query's first columns, which are texts.
    pub labels: &'static [&'static str],
    /// Reads it: the labels, then a floating-point value. Every database the
    /// catalogue lives in understands it, and it is cheap however much is due.
    pub query: &'static str,
}

/// Every measure but the version of the program.
pub const MEASURES: &[Measure] = &[
    Measure {
        name: "retaind_store_state",
        help: "Whether a store can be relied on: 1 for the state it is in",
        labels: &["store", "state"],
        query: "select name, state, cast(1 as double precision) from store",
    },
    Measure {
        name: "retaind_scan_last_success_timestamp_seconds",
        help: "When a scan of the store last saw everything; 0 where none ever did",
        labels: &["store"],
        query: "select s.name, cast(coalesce(max(c.finished_at), 0) as double precision) / 1e6 \
                from store s left join scan c on c.store_id = s.id and c.state = 'complete' \
                group by s.name",
    },
    Measure {
        name: "retaind_scan_duration_seconds",
        help: "How long the last scan took that saw everything",
        labels: &["store"],
        query: LAST_SCAN_DURATION,
    },
    Measure {
        name: "retaind_scan_items",
        help: "Files and rows that the last scan met that saw everything",
        labels: &["store"],
        query: LAST_SCAN_ITEMS,
    },
    Measure {
        name: "retaind_scan_bytes",
        help: "Their size",
        labels: &["store"],
        query: LAST_SCAN_BYTES,
    },
    Measure {
        name: "retaind_scans",
        help: "Scans on record, by how they ended",
        labels: &["store", "state"],
        query: "select s.name, c.state, cast(count(*) as double precision) \
                from scan c join store s on s.id = c.store_id group by s.name, c.state",
    },
    Measure {
        name: "retaind_units",
        help: "Items and units by outcome, as the last scan counted that saw everything",
        labels: &["store", "outcome"],
        query: LAST_SCAN_UNITS,
    },
    Measure {
        name: "retaind_holds_in_force",
        help: "Holds in force, by kind",
        labels: &["kind"],
        query: "select kind, cast(count(*) as double precision) from hold \
                where state in ('active', 'release-requested') group by kind",
    },
    Measure {
        name: "retaind_schedule_version",
        help: "The number of the schedule in force; 0 where none is",
        labels: &[],
        query: "select cast(coalesce(max(number), 0) as double precision) from schedule_version",
    },
    Measure {
        name: "retaind_imports",
        help: "Imports of the register, by what they came to",
        labels: &["state"],
        query: "select state, cast(count(*) as double precision) from import group by state",
    },
    Measure {
        name: "retaind_job_last_success_timestamp_seconds",
        help: "When the job last ended well; 0 where it never did, and not told where it is off",
        labels: &["job"],
        query: "select j.name, cast(coalesce(max(r.finished_at), 0) as double precision) / 1e6 \
                from job j left join job_run r on r.job = j.name and r.result = 'ok' \
                where j.cron <> 'off' group by j.name",
    },
    Measure {
        name: "retaind_job_failures",
        help: "Runs of the job that failed since it last ended well; not told where it is off",
        labels: &["job"],
        query: "select j.name, cast(count(r.id) as double precision) \
                from job j left join job_run r on r.job = j.name and r.result = 'failed' \
                and r.started_at > coalesce((select max(w.started_at) from job_run w \
                where w.job = j.name and w.result = 'ok'), 0) \
                where j.cron <> 'off' group by j.name",
    },
    Measure {
        name: "retaind_batches",
        help: "Batches of what is to go, by how far they are",
        labels: &["state"],
        query: "select state, cast(count(*) as double precision) from batch group by state",
    },
    Measure {
        name: "retaind_chunks_open",
        help: "Chunks of a batch that are under way, or were when the daemon died",
        labels: &[],
        query: "select cast(count(*) as double precision) from intent where closed_at is null",
    },
    Measure {
        name: "retaind_chunk_oldest_open_timestamp_seconds",
        help: "When the oldest of them was opened; not told where there is none",
        labels: &[],
        query: "select cast(min(opened_at) as double precision) / 1e6 from intent \
                where closed_at is null having count(*) > 0",
    },
    Measure {
        name: "retaind_mails",
        help: "Mails, by how far they are",
        labels: &["state"],
        query: "select state, cast(count(*) as double precision) from mail group by state",
    },
    Measure {
        name: "retaind_mail_oldest_waiting_timestamp_seconds",
        help: "When the oldest mail was written that no server has taken; not told where none waits",
        labels: &[],
        query: "select cast(min(created_at) as double precision) / 1e6 from mail \
                where state = 'waiting' having count(*) > 0",
    },
    Measure {
        name: "retaind_notices_untold",
        help: "What people are to be told and no mail tells yet",
        labels: &[],
        query: "select cast(count(*) as double precision) from notice where mail_id is null \
                and state in ('waiting', 'failed', 'bounced')",
    },
    Measure {
        name: "retaind_mail_addresses_failing",
        help: "Addresses that take no mail any more",
        labels: &[],
        query: "select cast(count(*) as double precision) from failing_address",
    },
    Measure {
        name: "retaind_items_resurrected",
        help: "Items that were destroyed and are there again",
        labels: &["store"],
        query: "select s.name, cast(count(i.id) as double precision) from store s \
                left join item i on i.store_id = s.id and i.resurrected_at is not null \
                group by s.name",
    },
    Measure {
        name: "retaind_backup_last_timestamp_seconds",
        help: "When a backup was last made; 0 where none ever was",
        labels: &[],
        query: "select cast(coalesce(max(at), 0) as double precision) / 1e6 from audit_entry \
                where action = 'catalogue.backed-up'",
    },
    Measure {
        name: "retaind_audit_head_seq",
        help: "The number of the last entry of the audit chain: it never falls",
        labels: &[],
        query: "select cast(seq as double precision) from audit_head",
    },
];

/// The value of each store's last scan that saw everything.
macro_rules! last_scan {
    ($value:literal) => {
        concat!(
            "select s.name, cast(",
            $value,
            " as double precision) from store s join scan c on c.store_id = s.id \
             where c.state = 'complete' and c.started_at = (select max(l.started_at) from scan l \
             where l.store_id = s.id and l.state = 'complete')"
        )
    };
}

const LAST_SCAN_ITEMS: &str = last_scan!("c.items");
const LAST_SCAN_BYTES: &str = last_scan!("c.bytes");
const LAST_SCAN_DURATION: &str = last_scan!("(c.finished_at - c.started_at) / 1e6");
const LAST_SCAN_UNITS: &str = "select s.name, n.outcome, cast(sum(n.units) as double precision) \
     from store s join scan c on c.store_id = s.id join scan_count n on n.scan_id = c.id \
     where c.state = 'complete' and c.started_at = (select max(l.started_at) from scan l \
     where l.store_id = s.id and l.state = 'complete') group by s.name, n.outcome";
