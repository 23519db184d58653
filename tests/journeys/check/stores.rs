//! Faults of store files and of what they point at.

use super::Break::{File, Gone, Rights, Text};
use super::{CONFIG, Case, SHARE};

pub(super) const CASES: &[Case] = &[
    (
        &[Text(CONFIG, "people = 'people.csv'\n", "people = 'people.csv'\nstores = 'shops.d'\n")],
        &[
            "retaind.toml, line 3: the stores folder shops.d is not there. No store is connected; make the folder, or mend `stores`. (a warning)",
        ],
    ),
    (
        &[Text(SHARE, "'filesystem'", "'ftp'")],
        &[
            "stores.d/share.toml, line 1: store misconfigured: there is no kind of store called `ftp`. Use one of `filesystem`, `sql`.",
        ],
    ),
    (
        &[Text(SHARE, "root =", "folder =")],
        &[
            "stores.d/share.toml, line 5: store misconfigured: the settings of this filesystem store: unknown field `folder`, expected one of `root`, `quarantine`, `sentinel`, `threads`. A filesystem store has the settings root, quarantine, sentinel, threads.",
        ],
    ),
    (
        &[Text(SHARE, "/share'", "/elsewhere'")],
        &[
            "stores.d/share.toml, line 5: store unavailable: the root elsewhere is not there. Is the share mounted? Mount it, or correct `root`.",
        ],
    ),
    (
        &[Text(SHARE, "root = '", "root = '.")],
        &[
            "stores.d/share.toml, line 4: store misconfigured: the root .share is not an absolute path. Write it from `/`.",
        ],
    ),
    (
        &[Text(SHARE, "'P35D'", "'five weeks'")],
        &[
            "stores.d/share.toml, line 2: `five weeks` is not a period: write it like P6Y, P18M, P12W or P31D, at most 1000 years. Mend that line.",
        ],
    ),
    (
        &[Text(SHARE, "backup_retention", "backups")],
        &[
            "stores.d/share.toml, line 2: unknown field `backups`, expected one of `kind`, `unleashed`, `settings`, `backup_retention`, `mapping`. Remove it, or write one of the names that are known there.",
        ],
    ),
    (
        &[Text(SHARE, "'jobs'", "'../jobs'")],
        &[
            "stores.d/share.toml, line 7: the mapping's location `../jobs` leads outside the store's root. Write it relative to the root, without a leading slash and without `..`.",
        ],
    ),
    (
        &[Text(SHARE, "'jobs'", "'nowhere'")],
        &[
            "stores.d/share.toml, line 7: store unavailable: the mapped folder nowhere below share is not there. Is the share mounted? If the folder was moved or is gone for good, change its mapping.",
        ],
    ),
    (
        &[Text(SHARE, "**/*.pdf", "[a-")],
        &[
            "stores.d/share.toml, line 7: store misconfigured: the mapping of `jobs`: the pattern `[a-`: unclosed character class; missing ']'. Write a glob on the path below the location, such as `*/2015/**` or `**/*.pdf`.",
        ],
    ),
    (
        &[Text(SHARE, "(J-[0-9]+)", "(J-[0-9]+")],
        &[
            "stores.d/share.toml, line 7: store misconfigured: the mapping of `jobs`: the pattern `(J-[0-9]+` is not a regular expression: regex parse error: (J-[0-9]+ ^ error: unclosed group. Correct it; it is tried on the path below the location.",
        ],
    ),
    (
        &[Text(
            SHARE,
            "{ from = 'path', pattern = '(J-[0-9]+)' }",
            "{ from = 'column', name = 'ref' }",
        )],
        &[
            "stores.d/share.toml, line 7: not supported by this kind of store: the mapping of `jobs` names the column `ref`. Files have no columns: read dates from `modified`, `changed`, `born` or `path`, references from `path`, and make a folder the unit.",
        ],
    ),
    (
        &[Text(SHARE, "depth = 1", "depth = 0")],
        &[
            "stores.d/share.toml, line 16: a folder unit of depth 0 would be the whole location. Use depth 1 for the folders directly in it.",
        ],
    ),
    (
        &[Text(SHARE, "{ folder = { depth = 1 } }", "'drawer'")],
        &[
            "stores.d/share.toml, line 19: unknown variant `drawer`, expected one of `item`, `folder`, `key`. Write one of those.",
        ],
    ),
    (
        &[Text(SHARE, "last-modified", "last_modified")],
        &[
            "stores.d/share.toml, line 14: `last_modified` is not a trigger: use one of the schedule's words, such as created, last-modified, case-closed or date-of-birth, or event:NAME for an event of your own. Mend that line.",
        ],
    ),
    (
        &[Text(SHARE, "'modified'", "'modifed'")],
        &[
            "stores.d/share.toml, line 14: this is no source of dates: write { from = \"...\" } with one of modified, changed, born, path (and pattern), column (and name), sidecar (and file, key, column) or event. Mend that line.",
        ],
    ),
    (
        &[Text(SHARE, "record_type = 'HOU-03'", "record = 'HOU-03'")],
        &[
            "stores.d/share.toml, line 8: unknown field `record`, expected one of `record_type`, `location`, `pattern`, `unit`, `dates`, `reference`, `subject`. Remove it, or write one of the names that are known there.",
        ],
    ),
    (
        &[Text(SHARE, "'HOU-03'", "'HOU-33'")],
        &[
            "stores.d/share.toml, line 7: the schedule in force has no record type `HOU-33`, so everything in `jobs` is kept. Mend the code, or add the record type to the register; `retaind schedule list` shows those there are. (a warning)",
        ],
    ),
    (
        &[Text(
            SHARE,
            "'cases'\nunit = { folder = { depth = 1 } }",
            "'jobs'\npattern = '**/*.pdf'",
        )],
        &[
            "stores.d/share.toml, line 16: two mappings claim the location `jobs` with the same pattern. Leave one of them.",
        ],
    ),
    (
        &[Text(SHARE, "'cases'", "'jobs/2019'")],
        &[
            "stores.d/share.toml, line 16: store unavailable: the mapped folder jobs/2019 below share is not there. Is the share mounted? If the folder was moved or is gone for good, change its mapping.",
        ],
    ),
    (
        &[Gone("closed.csv")],
        &[
            "stores.d/share.toml, line 16: sidecar stores.d/../closed.csv: No such file or directory (os error 2). Put it there or mend the mapping.",
        ],
    ),
    (
        &[File("closed.csv", "reference,closed\n")],
        &[
            "stores.d/share.toml, line 16: sidecar stores.d/../closed.csv: it has no column `case`. Its columns are reference, closed.",
        ],
    ),
    (
        &[File("stores.d/Share.toml", "kind = 'filesystem'\n[settings]\nroot = '/srv'\n")],
        &[
            "stores.d/Share.toml, line 1: it has no mapping, so nothing in the store is looked at. Write a [[mapping]] for each location that holds a record type. (a warning)",
            "stores.d/share.toml, line 1: the stores `Share` and `share` have one name. Rename one of the files: capitals alone do not tell stores apart.",
        ],
    ),
    (
        &[Gone("stores.d")],
        &[
            "retaind.toml, line 1: the stores folder stores.d is not there. No store is connected; make the folder, or mend `stores`. (a warning)",
        ],
    ),
    (
        &[Rights("stores.d/share.toml", 0o666)],
        &[
            "stores.d/share.toml, line 1: anyone may change this file. Run `chmod o-w stores.d/share.toml`.",
        ],
    ),
    (
        &[File("stores.d/twin.toml", TWIN)],
        &[
            "stores.d/twin.toml, line 2: it is the same store as `share`: what both map is counted and proposed twice, and what goes by the one is missed by the other. Leave one file, with the mappings of both: stores.d/share.toml. (a warning)",
        ],
    ),
];

/// Of the council's share under another name.
const TWIN: &str = "kind = 'filesystem'
[settings]
root = '{folder}/share'
[[mapping]]
record_type = 'HOU-03'
location = 'jobs'
";
