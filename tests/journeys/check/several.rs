//! Several faults in one configuration: all of them are told in one go.

use super::Break::{File, Gone, Rights, Text};
use super::{CONFIG, Case, SHARE};

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
];
