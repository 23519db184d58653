//! Faults of the people list.

use super::Break::{File, Text};
use super::{CONFIG, Case};

pub(super) const CASES: &[Case] = &[
    (
        &[Text(CONFIG, "people = 'people.csv'", "people = 'folk.csv'")],
        &[
            "retaind.toml, line 2: folk.csv: cannot read the people list: No such file or directory (os error 2). Put it there, or mend its name in retaind.toml.",
        ],
    ),
    (
        &[Text(CONFIG, "people = 'people.csv'\n", "")],
        &[
            "retaind.toml, line 1: nobody on the people list is tied to an operating-system user, so nobody may act. Name a people list with `people`. (a warning)",
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
            "people.csv, line 1: nobody on the people list is tied to an operating-system user, so nobody may act. Write the user's name in the os_user column of a person's line. (a warning)",
        ],
    ),
    (
        &[File(
            "people.csv",
            "name,email,os_user,roles,left_on\nAda,ada@x.example,ada,iao,\nBo,b@x.example,bo,records-manager dpo,2020-01-31\n",
        )],
        &[
            "people.csv, line 1: nobody on the people list is a records manager: no schedule is accepted, no disposal is authorised, and what reaches nobody else is told to nobody. Write records-manager in the roles column of somebody's line. (a warning)",
            "people.csv, line 1: nobody on the people list is a data protection officer: nobody signs what sets a person's data free to go, and nobody is told of what people ask. Write dpo in the roles column of somebody's line. (a warning)",
        ],
    ),
];
