//! Several faults in one configuration: all of them are told in one go.

use super::Break::{File, Gone, Rights, Text};
use super::{CONFIG, Case, MAIL, SHARE};

pub(super) const CASES: &[Case] = &[
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
            "retaind.toml, line 1: the key state/digest.key may be read by others. Run `chmod 600 state/digest.key`.",
            "stores.d/share.toml, line 2: `five weeks` is not a period: write it like P6Y, P18M, P12W or P31D, at most 1000 years. Mend that line.",
            "stores.d/share.toml, line 7: the mapping's location `../jobs` leads outside the store's root. Write it relative to the root, without a leading slash and without `..`.",
            "stores.d/share.toml, line 16: sidecar stores.d/../closed.csv: No such file or directory (os error 2). Put it there or mend the mapping.",
        ],
    ),
    (
        &[
            Text(
                CONFIG,
                "name = 'Trentside County Council'",
                "name = 'Trentside'\njurisdiction = 'cornwall'",
            ),
            File("people.csv", "name,email,os_user,roles\nAda,ada.example.org,ada,\n"),
            Text(SHARE, "'P35D'", "'five weeks'"),
            Text(SHARE, "/share'", "/elsewhere'"),
            Text(SHARE, "'HOU-03'", "'HOU-33'"),
        ],
        &[
            "people.csv, line 2: `ada.example.org` is not an e-mail address: it has no @. Every person needs one.",
            "retaind.toml, line 5: unknown variant `cornwall`, expected one of `england-and-wales`, `wales`, `scotland`, `northern-ireland`. Write one of those.",
            "stores.d/share.toml, line 2: `five weeks` is not a period: write it like P6Y, P18M, P12W or P31D, at most 1000 years. Mend that line.",
            "stores.d/share.toml, line 5: store unavailable: the root elsewhere is not there. Is the share mounted? Mount it, or correct `root`.",
            "stores.d/share.toml, line 7: the schedule in force has no record type `HOU-33`, so everything in `jobs` is kept. Mend the code, or add the record type to the register; `retaind schedule list` shows those there are. (a warning)",
        ],
    ),
    (
        &[
            Text(CONFIG, "name = 'Trentside County Council'", "name = 7"),
            Text(CONFIG, "'03-31'", "'31 March'"),
            File("people.csv", "name,email,os_user,roles\nAda,ada.example.org,ada,\n"),
            Text(SHARE, "'P35D'", "'five weeks'"),
        ],
        &[
            "people.csv, line 2: `ada.example.org` is not an e-mail address: it has no @. Every person needs one.",
            "retaind.toml, line 4: invalid type: integer `7`, expected a string. Write it as is expected there; texts stand in quotation marks.",
            "retaind.toml, line 6: `31 March` is not a day that every year has: write it as MM-DD, such as 03-31. Mend that line.",
            "stores.d/share.toml, line 2: `five weeks` is not a period: write it like P6Y, P18M, P12W or P31D, at most 1000 years. Mend that line.",
        ],
    ),
    (
        &[Text(CONFIG, "state_directory = 'state'\n", ""), Text(SHARE, "'jobs'", "'../jobs'")],
        &[
            "retaind.toml, line 1: missing field `state_directory`. Add it there.",
            "stores.d/share.toml, line 7: the mapping's location `../jobs` leads outside the store's root. Write it relative to the root, without a leading slash and without `..`.",
        ],
    ),
    // A council in which nobody would ever be told anything.
    (
        &[
            Text(
                CONFIG,
                MAIL,
                "[mail]\nserver = 'mail'\nfrom = 'r@x.example'\nbounces = 'nosuch'\n",
            ),
            Text(CONFIG, "people = 'people.csv'\n", "people = 'people.csv'\nbackups = 'none'\n"),
            Text(
                CONFIG,
                "[catalogue]\n",
                "[jobs]\nprofile = 'none.toml'\n[jobs.schedule]\noutbox = 'off'\n[catalogue]\n",
            ),
            File("people.csv", "name,email,os_user,roles\nAda,ada@example.org,ada,operator\n"),
        ],
        &[
            "people.csv, line 1: nobody on the people list is a records manager: no schedule is accepted, no disposal is authorised, and what reaches nobody else is told to nobody. Write records-manager in the roles column of somebody's line. (a warning)",
            "people.csv, line 1: nobody on the people list is a data protection officer: nobody signs what sets a person's data free to go, and nobody is told of what people ask. Write dpo in the roles column of somebody's line. (a warning)",
            "retaind.toml, line 3: the folder for backups none is not there, and the first backup makes it on whichever disk is there then. Make it, or mount the disk it is on, or mend `backups`. (a warning)",
            "retaind.toml, line 10: the import profile `none.toml` cannot be read: No such file or directory (os error 2). Put it there, or mend its rights or name.",
            "retaind.toml, line 12: the job outbox is off, so nothing does this by itself: send what people are to be told, and read what came back. Remove the line, so that it runs at its usual time, unless somebody sees to it with `retaind jobs run outbox`. (a warning)",
            "retaind.toml, line 15: [mail] has no base_url, so no mail has a link to answer it by. Write base_url = \"https://retaind.council.example\", where a web server passes on what the daemon answers. (a warning)",
            "retaind.toml, line 18: nothing is or ever was at nosuch, so no failed delivery is noticed. Mend the name; or, where the mail server makes an mbox file with the first failed delivery, make an empty one that it may write. (a warning)",
        ],
    ),
];
