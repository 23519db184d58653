//! `retaind check` on broken configurations: each fault with file, line and
//! what to do, all of them in one go, and nothing changed by looking.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use crate::casework::execute;
use crate::catalogue::Database;
use crate::council::{Council, present_user};
use crate::share::Share;

/// How a configuration that is right is broken.
enum Break {
    /// A part of a file reads otherwise.
    Text(&'static str, &'static str, &'static str),
    /// A file is put there.
    File(&'static str, &'static str),
    /// A file or folder is moved away.
    Gone(&'static str),
    /// A file or folder has other rights.
    Rights(&'static str, u32),
}
use Break::{File, Gone, Rights, Text};

const CONFIG: &str = "retaind.toml";
const SHARE: &str = "stores.d/share.toml";

const STORE: &str = "kind = 'filesystem'
backup_retention = 'P35D'

[settings]
root = '{folder}/share'

[[mapping]]
record_type = 'HOU-03'
location = 'jobs'
pattern = '**/*.pdf'
reference = { from = 'path', pattern = '(J-[0-9]+)' }

[mapping.dates]
last-modified = { from = 'modified' }

[[mapping]]
record_type = 'HOU-04'
location = 'cases'
unit = { folder = { depth = 1 } }

[mapping.dates]
case-closed = { from = 'sidecar', file = '../closed.csv', key = 'case', column = 'closed' }
";

/// Each with all that is said of it.
const BROKEN: &[(&[Break], &[&str])] = &[
    (
        &[Text(CONFIG, "[organisation]", "[organisation")],
        &["retaind.toml, line 3: unclosed table, expected `]`. Mend that line."],
    ),
    (
        &[Text(CONFIG, "state_directory = 'state'\n", "")],
        &["retaind.toml, line 1: missing field `state_directory`. Add it there."],
    ),
    (
        &[Text(CONFIG, "name = 'Trentside County Council'", "name = 'T'\ncolour = 'red'")],
        &[
            "retaind.toml, line 5: unknown field `colour`, expected one of `name`, `ico_registration`, `jurisdiction`. Remove it, or write one of the names that are known there.",
        ],
    ),
    (
        &[Text(CONFIG, "name = 'Trentside County Council'", "name = 7")],
        &[
            "retaind.toml, line 4: invalid type: integer `7`, expected a string. Write it as is expected there; texts stand in quotation marks.",
        ],
    ),
    (
        &[Text(
            CONFIG,
            "name = 'Trentside County Council'",
            "name = 'Trentside'\njurisdiction = 'cornwall'",
        )],
        &[
            "retaind.toml, line 5: unknown variant `cornwall`, expected one of `england-and-wales`, `wales`, `scotland`, `northern-ireland`. Write one of those.",
        ],
    ),
    (
        &[Text(CONFIG, "name = 'Trentside County Council'", "ico_registration = 'Z1'")],
        &["retaind.toml, line 3: missing field `name`. Add it there."],
    ),
    (
        &[Text(CONFIG, "'03-31'", "'31 March'")],
        &[
            "retaind.toml, line 6: `31 March` is not a day that every year has: write it as MM-DD, such as 03-31. Mend that line.",
        ],
    ),
    (
        &[Text(CONFIG, "'sqlite://", "'mysql://db/x' # ")],
        &[
            "retaind.toml, line 9: catalogue.url `mysql://db/x` is neither SQLite nor PostgreSQL. Write sqlite:///path/to/catalogue.db or postgres://user@host:port/database.",
        ],
    ),
    (
        &[Text(CONFIG, "[catalogue]\n", "[catalogue]\npassword_file = 'none'\n")],
        &[
            "retaind.toml, line 9: the password file none cannot be read: No such file or directory (os error 2). Put it there, or mend its rights or name.",
        ],
    ),
    (
        &[Text(CONFIG, "people = 'people.csv'", "people = 'folk.csv'")],
        &[
            "folk.csv: cannot read the people list: No such file or directory (os error 2). Put it there, or mend its name in retaind.toml.",
        ],
    ),
    (
        &[Text(CONFIG, "people = 'people.csv'\n", "people = 'people.csv'\nstores = 'shops.d'\n")],
        &[
            "retaind.toml, line 3: the stores folder shops.d is not there. No store is connected; make the folder, or mend `stores`. (a warning)",
        ],
    ),
    (
        &[Text(CONFIG, "people = 'people.csv'\n", "")],
        &[
            "retaind.toml: nobody on the people list is tied to an operating-system user, so nobody may act. Name a people list with `people`. (a warning)",
        ],
    ),
    (
        &[Text(CONFIG, "'state'", "'closed.csv'")],
        &["retaind.toml, line 1: the state directory closed.csv is not a folder. Name a folder."],
    ),
    (
        &[Text(CONFIG, "'state'", "'elsewhere'")],
        &[
            "retaind.toml, line 1: the state directory elsewhere is not there yet. It is made at first use; if retaind has run before, mend `state_directory`. (a warning)",
            "retaind.toml, line 9: the key file elsewhere/digest.key is missing, and the catalogue was made with it. Restore the file from the backup; a new key would no longer match the holds on people that are in force.",
        ],
    ),
    (
        &[File("people.csv", "Ada,ada@example.org,ada,iao\n")],
        &[
            "people.csv, line 1: the heading `Ada` is not known. The columns are name, email, os_user, roles and, where needed, left_on and service_areas.",
        ],
    ),
    (
        &[File(
            "people.csv",
            "name,email,os_user,roles\nAda,ada@example.org,ada,boss\nBo,ADA@example.org,,iao\nCy,cy@example.org,ada,\nDi,di.example.org,,\n",
        )],
        &[
            "people.csv, line 2: `boss` is not a role: it is one of iao, iaa, records-manager, archivist, dpo, siro, legal, information-requests, monitoring-officer, auditor, service-contact, operator. Mend the roles column.",
            "people.csv, line 5: `di.example.org` is not an e-mail address: it has no @. Every person needs one.",
        ],
    ),
    (
        &[File(
            "people.csv",
            "name,email,os_user,roles,left_on\nAda,ada@example.org,ada,iao,yesterday\n",
        )],
        &["people.csv, line 2: `yesterday` is not a date. Write left_on as YYYY-MM-DD."],
    ),
    (
        &[File("people.csv", "name,email,shoe_size\nAda,ada@example.org,7\n")],
        &[
            "people.csv, line 1: the heading `shoe_size` is not known. The columns are name, email, os_user, roles and, where needed, left_on and service_areas.",
        ],
    ),
    (
        &[File("people.csv", "name,email,os_user\nAda,ada@example.org,,iao\n")],
        &[
            "people.csv, line 2: this line has 4 columns, and the first line 3. The columns are name, email, os_user, roles and, where needed, left_on and service_areas.",
        ],
    ),
    (
        &[File("people.csv", "name,email\nAda,ada@example.org\n")],
        &[
            "people.csv: nobody on the people list is tied to an operating-system user, so nobody may act. Write the user's name in the os_user column of a person's line. (a warning)",
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
            "stores.d/Share.toml: it has no mapping, so nothing in the store is looked at. Write a [[mapping]] for each location that holds a record type. (a warning)",
            "stores.d/share.toml: the stores `Share` and `share` have one name. Rename one of the files: capitals alone do not tell stores apart.",
        ],
    ),
    (
        &[Gone("stores.d")],
        &[
            "retaind.toml: the stores folder stores.d is not there. No store is connected; make the folder, or mend `stores`. (a warning)",
        ],
    ),
    (
        &[Rights("state/digest.key", 0o644)],
        &["state/digest.key: this key may be read by others. Run `chmod 600 state/digest.key`."],
    ),
    (
        &[File("state/digest.key", "abc\n")],
        &[
            "retaind.toml, line 9: the key file state/digest.key does not hold a key of 64 hexadecimal digits. Restore it from the backup.",
        ],
    ),
    (
        &[Gone("state/digest.key")],
        &[
            "retaind.toml, line 9: the key file state/digest.key is missing, and the catalogue was made with it. Restore the file from the backup; a new key would no longer match the holds on people that are in force.",
        ],
    ),
    (
        &[Rights("state", 0o755)],
        &[
            "retaind.toml, line 1: the state directory state is open to others. Run `chmod 700 state`. (a warning)",
        ],
    ),
    (
        &[Rights("stores.d/share.toml", 0o666)],
        &["stores.d/share.toml: anyone may change this file. Run `chmod o-w stores.d/share.toml`."],
    ),
    (
        &[
            File("secret", "x"),
            Rights("secret", 0o644),
            Text(CONFIG, "[catalogue]\n", "[catalogue]\npassword_file = 'secret'\n"),
        ],
        &[
            "retaind.toml, line 9: the password file secret may be read by anyone. Run `chmod o-rwx secret`.",
        ],
    ),
    (
        &[Text(CONFIG, "[catalogue]\n", "[mail]\nfrom = 'r@x.example'\n[catalogue]\n")],
        &[
            "retaind.toml, line 8: [mail] names no server. Write server = \"mail.council.example\", or sink = \"folder\" to look at the mails in a folder instead.",
        ],
    ),
    (
        &[Text(
            CONFIG,
            "[catalogue]\n",
            "[mail]\nsink = 'folder'\nfrom = 'records'\n[catalogue]\n",
        )],
        &[
            "retaind.toml, line 10: `records` is not an e-mail address such as records@council.example: it has no @. Mend that line.",
        ],
    ),
    (
        &[Text(
            CONFIG,
            "[catalogue]\n",
            "[mail]\nserver = 'mail'\nsink = 'folder'\nfrom = 'r@x.example'\n[catalogue]\n",
        )],
        &[
            "retaind.toml, line 10: [mail] names the server `mail`, and with sink = \"folder\" nothing goes to it: nobody would be told anything. Remove the line sink, so that mails go to the server; or remove server, to only look at them in a folder.",
        ],
    ),
    (
        &[Text(
            CONFIG,
            "[catalogue]\n",
            "[mail]\nsink = 'folder'\nfrom = 'r@x.example'\nbounces = 'none/box'\n[catalogue]\n",
        )],
        &[
            "retaind.toml, line 9: mails only go into the folder state/mail: nobody gets one. Name a server, and remove sink, before anybody is to be told anything. (a warning)",
            "retaind.toml, line 11: failed deliveries cannot be read from none: No such file or directory (os error 2). Name a Maildir, or an mbox file in a folder in which retaind may rename files; under systemd, open it with ReadWritePaths.",
        ],
    ),
    (
        &[Text(
            CONFIG,
            "[catalogue]\n",
            "[mail]\nserver = 'mail'\nfrom = 'r@x.example'\nbounces = 'closed.csv'\n[catalogue]\n",
        )],
        &[
            "retaind.toml, line 11: failed deliveries cannot be read from closed.csv: it is not an mbox file. Name a Maildir, or an mbox file in a folder in which retaind may rename files; under systemd, open it with ReadWritePaths.",
        ],
    ),
    (
        &[Text(
            CONFIG,
            "[catalogue]\n",
            "[mail]\nserver = 'mail'\nfrom = 'r@x.example'\nuser = 'r'\npassword_file = 'none'\n[catalogue]\n",
        )],
        &[
            "retaind.toml, line 12: the password file none cannot be read: No such file or directory (os error 2). Put it there, or mend its rights or name.",
        ],
    ),
    (
        &[Text(
            CONFIG,
            "[catalogue]\n",
            "[mail]\nserver = 'mail'\nfrom = 'r@x.example'\nuser = 'r'\n[catalogue]\n",
        )],
        &[
            "retaind.toml, line 11: `r` has no password. Write password_file, or credential for one that systemd passes.",
        ],
    ),
    (
        &[Text(
            CONFIG,
            "[catalogue]\n",
            "[mail]\nserver = 'mail'\nfrom = 'r@x.example'\nca_file = 'closed.csv'\n[catalogue]\n",
        )],
        &[
            "retaind.toml, line 11: closed.csv holds no certificate. Name a PEM file of the authority that vouches for the server.",
        ],
    ),
    (
        &[Text(
            CONFIG,
            "[catalogue]\n",
            "[mail]\nsink = 'folder'\nfrom = 'r@x.example'\ntemplates = 'words'\n[catalogue]\n",
        )],
        &[
            "retaind.toml, line 11: the folder of templates words is not there. Make it, or remove the line.",
        ],
    ),
    (
        &[
            Text(
                CONFIG,
                "[catalogue]\n",
                "[mail]\nsink = 'folder'\nfrom = 'r@x.example'\ntemplates = '.'\n[catalogue]\n",
            ),
            File("mail.html", "{{ subject"),
        ],
        &[
            "retaind.toml, line 9: mails only go into the folder state/mail: nobody gets one. Name a server, and remove sink, before anybody is to be told anything. (a warning)",
            "retaind.toml, line 11: the template mail.html, line 1: unexpected end of input, expected end of variable block. Mend it, or remove it so that the built-in one is used.",
        ],
    ),
    (
        &[Text(
            CONFIG,
            "[catalogue]\n",
            "[holds.feed]\nfile = 'foi.csv'\nperson = 'foi@x.example'\n[catalogue]\n",
        )],
        &[
            "retaind.toml, line 9: the list of requests foi.csv cannot be read: No such file or directory (os error 2). Put it there, or mend its rights or name.",
            "retaind.toml, line 10: `foi@x.example` is on no line of the people list. Write the address of somebody who is and may place holds.",
        ],
    ),
    (
        &[Text(
            CONFIG,
            "[catalogue]\n",
            "[mail]\nserver = 'mail'\nfrom = 'r@x.example'\nca_file = 'none.pem'\n[catalogue]\n",
        )],
        &[
            "retaind.toml, line 11: none.pem cannot be read: No such file or directory (os error 2). Put it there, or mend its rights or name.",
        ],
    ),
    (
        &[Text(CONFIG, "[catalogue]\n", "[http]\nlisten = 'here'\n[catalogue]\n")],
        &["retaind.toml, line 9: invalid socket address syntax. Mend that line."],
    ),
    (
        &[Text(CONFIG, "[catalogue]\n", "[jobs.schedule]\nscan = 'at night'\n[catalogue]\n")],
        &[
            "retaind.toml, line 9: `at night` is no cron expression (invalid pattern: pattern must have 5 fields when seconds are disallowed): write minute, hour, day, month and day of the week, such as \"0 2 * * *\" for two at night, or \"off\". Mend that line.",
        ],
    ),
    (
        &[Text(CONFIG, "[catalogue]\n", "[disposal]\ncooling_off = 'P0D'\n[catalogue]\n")],
        &[
            "retaind.toml, line 9: `P0D` is no number of whole days; write one or more as \"P7D\". Mend that line.",
        ],
    ),
    (
        &[Text(CONFIG, "[catalogue]\n", "[execution]\nwindow = 'Mon-Thu 19:00'\n[catalogue]\n")],
        &[
            "retaind.toml, line 9: `Mon-Thu 19:00` does not say when: write days and times such as \"Mon-Thu 19:00-23:00\", or several with commas between, such as \"Mon-Thu 19:00-23:00, Sat 08:00-12:00\". Mend that line.",
        ],
    ),
    (
        &[
            Text(CONFIG, "'03-31'", "'31 March'"),
            Text(CONFIG, "name = 'Trentside County Council'", "name = 7"),
        ],
        &[
            "retaind.toml, line 4: invalid type: integer `7`, expected a string. Write it as is expected there; texts stand in quotation marks.",
            "retaind.toml, line 6: `31 March` is not a day that every year has: write it as MM-DD, such as 03-31. Mend that line.",
        ],
    ),
    (
        &[
            Text(CONFIG, "'03-31'", "'31 March'"),
            File("people.csv", "name,email,os_user,roles\nAda,ada.example.org,ada,\n"),
            Text(SHARE, "'P35D'", "'five weeks'"),
            Text(SHARE, "'jobs'", "'../jobs'"),
            Gone("closed.csv"),
        ],
        &[
            "people.csv, line 2: `ada.example.org` is not an e-mail address: it has no @. Every person needs one.",
            "retaind.toml, line 6: `31 March` is not a day that every year has: write it as MM-DD, such as 03-31. Mend that line.",
            "stores.d/share.toml, line 2: `five weeks` is not a period: write it like P6Y, P18M, P12W or P31D, at most 1000 years. Mend that line.",
            "stores.d/share.toml, line 7: the mapping's location `../jobs` leads outside the store's root. Write it relative to the root, without a leading slash and without `..`.",
            "stores.d/share.toml, line 16: sidecar stores.d/../closed.csv: No such file or directory (os error 2). Put it there or mend the mapping.",
        ],
    ),
    (
        &[
            File(
                "people.csv",
                "name,email,os_user,roles\nAda,ada.example.org,ada,\nBo,b@x,ada,\nCy,B@x,,\nDi,d@x,ada,\n",
            ),
            Text(SHARE, "'P35D'", "'five weeks'"),
            Text(SHARE, "'jobs'", "'../jobs'"),
            Gone("closed.csv"),
            Rights("state/digest.key", 0o640),
        ],
        &[
            "people.csv, line 2: `ada.example.org` is not an e-mail address: it has no @. Every person needs one.",
            "people.csv, line 4: the address `B@x` stands in an earlier line too. Every person has their own.",
            "people.csv, line 5: the operating-system user `ada` stands in an earlier line too. Every person has their own.",
            "state/digest.key: this key may be read by others. Run `chmod 600 state/digest.key`.",
            "stores.d/share.toml, line 2: `five weeks` is not a period: write it like P6Y, P18M, P12W or P31D, at most 1000 years. Mend that line.",
            "stores.d/share.toml, line 7: the mapping's location `../jobs` leads outside the store's root. Write it relative to the root, without a leading slash and without `..`.",
            "stores.d/share.toml, line 16: sidecar stores.d/../closed.csv: No such file or directory (os error 2). Put it there or mend the mapping.",
        ],
    ),
];

/// A council whose configuration is right in every respect.
async fn right() -> Council {
    let council = Council::found(Database::Sqlite).await;
    let share = Share::make(council.path("share"));
    share.folder("jobs");
    share.folder("cases");
    council.write("closed.csv", "case,closed\n");
    council.store("share", STORE);
    council
        .accept(&[
            ("HOU-03", "Housing", "6 years after last modified", ""),
            ("HOU-04", "Housing", "6 years after closure", ""),
        ])
        .await;
    fs::set_permissions(council.path("state"), fs::Permissions::from_mode(0o700)).unwrap();
    council
}

impl Break {
    fn apply(&self, council: &Council) {
        match self {
            Text(file, from, to) => {
                let text = fs::read_to_string(council.path(file)).unwrap();
                assert!(text.contains(from), "{file} has no {from}");
                council.write(file, &text.replacen(from, to, 1));
            }
            File(file, text) => council.write(file, text),
            Gone(path) => {
                fs::rename(council.path(path), council.path("gone")).unwrap();
            }
            Rights(path, mode) => {
                fs::set_permissions(council.path(path), fs::Permissions::from_mode(*mode)).unwrap();
            }
        }
    }
}

/// What is said to be mended, without the lines that say what was seen.
fn findings(said: &str) -> Vec<&str> {
    let seen = |line: &&str| {
        line.starts_with("store ") || line.starts_with("catalogue ") || line.ends_with(" people")
    };
    let mut lines: Vec<_> = said.lines().filter(|line| !seen(line)).collect();
    lines.pop();
    lines
}

#[tokio::test]
async fn each_of_many_broken_configurations_is_told_with_file_line_and_way_out() {
    let mut wrong = Vec::new();
    for (breaks, expected) in BROKEN {
        let council = right().await;
        breaks.iter().for_each(|one| one.apply(&council));
        let ran = council.run(&["check"]);
        assert_eq!(ran.err, "");
        if findings(&ran.out) != *expected {
            wrong.push(format!("{:#?}\n{expected:#?}", findings(&ran.out)));
        }
        let warnings = expected.iter().filter(|said| said.ends_with(" (a warning)")).count();
        let code = if warnings == expected.len() { 0 } else { 3 };
        if ran.code != code {
            wrong.push(format!("{ran:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Root may do everything, so the binary is run as nobody where root tests it.
#[tokio::test]
async fn what_the_user_who_looks_may_not_do_is_told() {
    const NOBODY: u32 = 65534;
    let council = right().await;
    let mut check = council.command(&["check"]);
    if present_user() == "root" {
        let binary = council.path("retaind");
        fs::copy(env!("CARGO_BIN_EXE_retaind"), &binary).unwrap();
        Rights("", 0o755).apply(&council);
        check = Command::new(binary);
        check.arg("--config").arg(council.path(CONFIG)).arg("check").uid(NOBODY);
    } else {
        Rights("state", 0o500).apply(&council);
    }
    let output = check.output().expect("the binary");
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8(output.stdout).unwrap();
    let words = "state may not be written by this user. Run as the user it belongs to, or give \
                 it to the user that runs retaind.";
    assert!(said.contains(words), "{said}");
}

#[tokio::test]
async fn a_catalogue_that_is_newer_or_of_another_program_is_told_and_left_as_it_is() {
    for database in Database::BOTH {
        let council = Council::found(database).await;
        council.accept(&[("HOU-03", "Housing", "6 years after last modified", "")]).await;
        execute(
            council.url(),
            "insert into seaql_migrations (version, applied_at) values ('m9999_later', 0)",
        )
        .await;
        let ran = council.run(&["check"]);
        assert_eq!(ran.code, 3);
        let told = findings(&ran.out).join(" ");
        assert!(told.contains("retaind.toml, line 9: the catalogue "), "{told}");
        assert!(told.contains(" was changed by a newer version (retaind "), "{told}");
        assert!(told.contains("Install that version or a later one, or restore"), "{told}");

        execute(council.url(), "delete from seaql_migrations where version >= 'm0011'").await;
        let ran = council.run(&["check"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(ran.out.contains(": of an older version, brought up by "), "{ran:?}");
        let again = council.run(&["check"]);
        assert_eq!(again.out, ran.out, "looking brings nothing up");
    }
}

#[tokio::test]
async fn looking_makes_nothing() {
    let council = Council::found(Database::Sqlite).await;
    let ran = council.run(&["check"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains(": made at first use"), "{ran:?}");
    assert!(!council.path("state").exists());
}

#[tokio::test]
async fn a_configuration_that_is_right_is_said_to_be_well() {
    let council = right().await;
    let ran = council.run(&["check"]);
    assert_eq!(
        (ran.code, ran.out.replace(&council.url().to_string(), "CATALOGUE")),
        (
            0,
            "retaind.toml: 3 people\ncatalogue CATALOGUE: up to date\n\
             store share (filesystem, 2 mappings, leashed): reached\nAll is well.\n"
                .to_owned()
        )
    );
    let json = council.run(&["--json", "check"]).json();
    assert_eq!(json[0]["findings"], serde_json::json!([]));
    assert_eq!(json[0]["stores"][0]["reached"], "well");
}
