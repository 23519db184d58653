//! Faults of `retaind.toml` itself, of the state directory and of the keys.

use super::Break::{File, Gone, Rights, Text};
use super::{CONFIG, Case};

pub(super) const CASES: &[Case] = &[
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
        &[Rights("state/digest.key", 0o644)],
        &[
            "retaind.toml, line 1: the key state/digest.key may be read by others. Run `chmod 600 state/digest.key`.",
        ],
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
        &[Text(CONFIG, "[catalogue]\n", "[jobs.schedule]\nscan = '0 1 31 2 *'\n[catalogue]\n")],
        &[
            "retaind.toml, line 9: `0 1 31 2 *` is no cron expression (it names a day that never comes): write minute, hour, day, month and day of the week, such as \"0 2 * * *\" for two at night, or \"off\". Mend that line.",
        ],
    ),
    (
        &[Text(
            CONFIG,
            "[catalogue]\n",
            "[jobs.schedule]\noutbox = 'off'\nbackup = 'off'\nmaintenance = 'off'\nscan = '0 1 29 2 *'\n[catalogue]\n",
        )],
        &[
            "retaind.toml, line 9: the job outbox is off, so nothing does this by itself: send what people are to be told, and read what came back. Remove the line, so that it runs at its usual time, unless somebody sees to it with `retaind jobs run outbox`. (a warning)",
            "retaind.toml, line 10: the job backup is off, so nothing does this by itself: back up the catalogue and its keys. Remove the line, so that it runs at its usual time, unless somebody sees to it with `retaind jobs run backup`. (a warning)",
        ],
    ),
    (
        &[Text(CONFIG, "[catalogue]\n", "[jobs]\nprofile = 'none.toml'\n[catalogue]\n")],
        &[
            "retaind.toml, line 9: the import profile `none.toml` cannot be read: No such file or directory (os error 2). Put it there, or mend its rights or name.",
        ],
    ),
    (
        &[
            Text(CONFIG, "[catalogue]\n", "[jobs]\nprofile = 'words.toml'\n[catalogue]\n"),
            File("words.toml", "[rows]\nfilldown = []\n"),
        ],
        &[
            "words.toml, line 2: unknown field `filldown`, expected `fill-down` or `service-area`. Remove it, or write one of the names that are known there.",
        ],
    ),
    (
        &[Text(CONFIG, "[catalogue]\n", "[jobs]\ninbox = 'closed.csv/inbox'\n[catalogue]\n")],
        &[
            "retaind.toml, line 9: the inbox closed.csv/inbox cannot be looked at: Not a directory (os error 20). Make it, give it to the user that runs retaind, and under systemd open it with ReadWritePaths; or name another.",
        ],
    ),
    (
        &[Text(CONFIG, "people = 'people.csv'\n", "people = 'people.csv'\nbackups = 'far/away'\n")],
        &[
            "retaind.toml, line 3: the folder for backups far/away is not there, and the first backup makes it on whichever disk is there then. Make it, or mount the disk it is on, or mend `backups`. (a warning)",
        ],
    ),
    (
        &[Text(
            CONFIG,
            "people = 'people.csv'\n",
            "people = 'people.csv'\nbackups = 'closed.csv'\n",
        )],
        &[
            "retaind.toml, line 3: the folder for backups closed.csv is not a folder. Make it, give it to the user that runs retaind, and under systemd open it with ReadWritePaths; or name another.",
        ],
    ),
    (
        &[Text(CONFIG, "[catalogue]\n", "[http]\nlisten = '0.0.0.0:8480'\n[catalogue]\n")],
        &[
            "retaind.toml, line 9: 0.0.0.0:8480 answers other machines too, and with it /metrics, /healthz and /readyz, which ask nobody who they are. Listen on 127.0.0.1, and let a web server with TLS pass on /answer/ alone; or let a firewall see to it that only your own machines get there. (a warning)",
        ],
    ),
    (&[Text(CONFIG, "[catalogue]\n", "[http]\nlisten = '[::1]:8480'\n[catalogue]\n")], &[]),
];
