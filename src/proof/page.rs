//! A certificate as a page to be read and printed: everything it certifies, in
//! words, in one HTML file that asks for nothing else.
//!
//! The page proves nothing. It says which file does, and how to check it.

use std::fmt::{self, Write as _};

use indicatif::HumanCount;
use jiff::Timestamp;
use jiff::civil::Date;
use retaind_schedules::action::DisposalAction;
use retaind_schedules::calendar;

use super::certificate::{
    ApprovalCertified, Authority, BeyondUse, Certificate, Counted, Range, Signed,
};

/// Black on white, and the same on paper. No colour means anything.
const STYLE: &str = "\
:root { color-scheme: light; }
body { margin: 2rem auto; padding: 0 1rem; max-width: 48rem; background: #fff; color: #111;
  font: 1rem/1.5 Georgia, 'Times New Roman', serif; }
h1 { font-size: 1.6rem; line-height: 1.25; }
h2 { margin: 1.75rem 0 .25rem; font-size: 1.15rem; break-after: avoid; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .3rem .75rem .3rem 0; border-top: 1px solid #767676; text-align: left;
  vertical-align: top; overflow-wrap: anywhere; }
th { width: 32%; font-weight: 600; }
tr { break-inside: avoid; }
code { font: .875rem/1.4 ui-monospace, Consolas, monospace; }
p.said { margin: 0; }
@page { size: A4; margin: 20mm 18mm; }
@media print { body { margin: 0; padding: 0; max-width: none; font-size: 10.5pt; } }";

/// The page of a signed certificate.
#[must_use]
pub fn html(signed: &Signed) -> String {
    let it = &signed.certificate;
    let title = format!("Certificate of disposal {}", it.number);
    let mut page = String::new();
    put(&mut page, format_args!("<!doctype html>\n<html lang=\"en-GB\">\n<head>\n"));
    put(&mut page, format_args!("<meta charset=\"utf-8\">\n"));
    put(
        &mut page,
        format_args!(
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{}: {}</title>\n<style>\n{STYLE}\n</style>\n</head>\n<body>\n<main>\n",
            Escaped(&title),
            Escaped(&it.organisation)
        ),
    );
    put(&mut page, format_args!("<h1>{}</h1>\n", Escaped(&title)));
    let summary = [&it.organisation, &summary(it)];
    put(&mut page, format_args!("{}", Said(&summary.map(Clone::clone))));
    for section in sections(signed) {
        section.write(&mut page);
    }
    put(&mut page, format_args!("</main>\n</body>\n</html>\n"));
    page
}

fn put(page: &mut String, what: fmt::Arguments<'_>) {
    page.write_fmt(what).expect("a string takes whatever is written");
}

fn summary(it: &Certificate) -> String {
    format!(
        "{} of {} approved lines of {} were {}. {} withheld, {} failed.",
        HumanCount(it.count),
        HumanCount(it.lines),
        it.record_type.title,
        done(it.action),
        HumanCount(sum(&it.withheld)),
        HumanCount(sum(&it.failures)),
    )
}

const fn done(action: DisposalAction) -> &'static str {
    match action {
        DisposalAction::Destroy => "destroyed",
        DisposalAction::Transfer => "transferred",
        DisposalAction::Anonymise => "anonymised",
        DisposalAction::Review => "reviewed",
        DisposalAction::Permanent => "kept for good",
    }
}

fn sum(counts: &[Counted]) -> u64 {
    counts.iter().map(|counted| counted.count).sum()
}

/// A heading, and under it what is said of each thing, one or more lines each.
struct Section {
    heading: &'static str,
    rows: Vec<(&'static str, Vec<String>)>,
}

impl Section {
    fn write(&self, page: &mut String) {
        put(page, format_args!("<h2>{}</h2>\n<table>\n", Escaped(self.heading)));
        for (what, said) in &self.rows {
            let what = Escaped(what);
            put(
                page,
                format_args!("<tr><th scope=\"row\">{what}</th><td>{}</td></tr>\n", Said(said)),
            );
        }
        put(page, format_args!("</table>\n"));
    }
}

fn sections(signed: &Signed) -> Vec<Section> {
    let it = &signed.certificate;
    vec![what(it), rule(it), disposal(it), authority(it), kept_back(it), copies(it), proof(signed)]
}

fn what(it: &Certificate) -> Section {
    let rows = vec![
        ("Asset", one(format!("{}: {}", it.asset.reference, it.asset.name))),
        ("Record type", one(format!("{}: {}", it.record_type.code, it.record_type.title))),
        ("Period ran from", one(range(it.triggers))),
        ("Had to be kept to", one(range(it.due))),
        ("Stores", it.stores.clone()),
        ("Items or units", one(HumanCount(it.count).to_string())),
        ("Files or rows in them", one(HumanCount(it.members).to_string())),
        ("Size", one(format!("{} bytes", HumanCount(it.bytes)))),
    ];
    Section { heading: "What was disposed of", rows }
}

fn rule(it: &Certificate) -> Section {
    let mut rows = vec![
        ("Schedule", one(it.schedule.version.clone())),
        ("Rule", one(it.schedule.words.clone())),
        ("In the schedule's notation", one(it.schedule.rule.clone())),
        ("Rests on", listed(&it.schedule.basis, "nothing cited")),
    ];
    if let Some(request) = &it.destroyed_early_under {
        rows.push(("Destroyed early", one(format!("under erasure request {request}"))));
        rows.push(("Signed for by", it.early_signed_by.iter().map(person).collect()));
    }
    Section { heading: "Under which rule", rows }
}

fn disposal(it: &Certificate) -> Section {
    let rows = vec![
        ("Action", one(format!("{}: the items were {}", it.action, done(it.action)))),
        ("Method", one(it.method.clone())),
        ("Began", one(instant(it.started_at))),
        ("Ended", one(instant(it.finished_at))),
        ("By", one(format!("{}, on {}", it.executed_by.version, it.executed_by.host))),
    ];
    Section { heading: "How and when", rows }
}

fn authority(it: &Certificate) -> Section {
    let mut rows = match &it.authority {
        Authority::Approvals(by) => vec![("Approved by", by.iter().map(person).collect())],
        Authority::Standing(standing) => vec![
            ("Standing authority", one(standing.reference.clone())),
            ("Given by", standing.signed_by.iter().map(person).collect()),
            ("Holds to", one(day(standing.expires_on))),
        ],
    };
    rows.push(("Batch", one(it.batch.number.clone())));
    rows.push(("Digest of the approved list", one(it.batch.digest.clone())));
    Section { heading: "On whose authority", rows }
}

fn person(by: &ApprovalCertified) -> String {
    format!("{}, {}, {}", by.name, by.role, instant(by.at))
}

fn kept_back(it: &Certificate) -> Section {
    let holds = &it.hold_check;
    let rows = vec![
        ("Lines approved", one(HumanCount(it.lines).to_string())),
        ("Withheld", counted(&it.withheld)),
        ("Failed", counted(&it.failures)),
        ("Holds looked up", one(instant(holds.at))),
        ("Holds in force then", one(HumanCount(holds.active_holds).to_string())),
        ("Digest of the holds", one(holds.digest.clone())),
    ];
    Section { heading: "What was kept back", rows }
}

fn copies(it: &Certificate) -> Section {
    let of_store = it.copies.iter().map(|copies| {
        let until = match copies.beyond_use {
            BeyondUse::NoCopies => "there are none".to_owned(),
            BeyondUse::Until(date) => {
                format!("nobody may use them, and the last is gone on {}", day(date))
            }
            BeyondUse::Unknown => "nobody has said how long they last".to_owned(),
        };
        format!("{}: {until}", copies.store)
    });
    let rows = vec![
        ("Backups and copies", of_store.collect()),
        ("To be told (UK GDPR Art. 19)", listed(&it.recipients, "nobody on record")),
    ];
    Section { heading: "What is left elsewhere", rows }
}

fn proof(signed: &Signed) -> Section {
    let (it, signature) = (&signed.certificate, &signed.signature);
    let previous = it.previous_digest.clone().unwrap_or_else(|| "this is the first".to_owned());
    let head = &it.audit_head;
    let rows = vec![
        ("Signed", one(instant(it.issued_at))),
        ("Key", one(signature.key.clone())),
        ("Public key", one(signature.public_key.clone())),
        ("Signature", one(signature.value.clone())),
        ("Form", one(it.form.clone())),
        ("Digest of the sealed list of items", one(it.manifest_digest.clone())),
        ("Digest of the certificate before", one(previous)),
        ("End of the audit chain", one(format!("entry {}, {}", head.seq, head.hash))),
        ("The file", one(format!("{}.json, SHA-256 {}", it.number, signed.digest()))),
        (
            "To check it",
            one(format!(
                "This page is to be read; the file is the proof. With the file and the public \
                 keys the organisation publishes: retaind certificate verify {}.json --key \
                 signing.pub",
                it.number
            )),
        ),
    ];
    Section { heading: "Proof", rows }
}

fn one(said: String) -> Vec<String> {
    vec![said]
}

fn listed(all: &[String], none: &str) -> Vec<String> {
    if all.is_empty() { one(none.to_owned()) } else { all.to_vec() }
}

fn counted(counts: &[Counted]) -> Vec<String> {
    let said = counts.iter().map(|one| format!("{}: {}", HumanCount(one.count), one.reason));
    listed(&said.collect::<Vec<_>>(), "none")
}

fn range(range: Option<Range>) -> String {
    match range {
        Some(Range { first, last }) if first == last => day(first),
        Some(Range { first, last }) => format!("{} to {}", day(first), day(last)),
        None => "not known".to_owned(),
    }
}

fn day(date: Date) -> String {
    date.strftime("%-d %B %Y").to_string()
}

/// By the clock in London, and as it was signed.
fn instant(at: Timestamp) -> String {
    let london = at.to_zoned(calendar::zone());
    format!("{} ({at})", london.strftime("%-d %B %Y, %H:%M %Z"))
}

/// Each on a line of its own, escaped.
struct Said<'a>(&'a [String]);

impl fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|line| writeln!(f, "<p class=\"said\">{}</p>", Escaped(line)))
    }
}

/// Text that no HTML is read out of.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|character| match character {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '"' => f.write_str("&quot;"),
            '\'' => f.write_str("&#39;"),
            plain => f.write_char(plain),
        })
    }
}
