//! Faults of how people are written to, and of the list of requests.

use super::Break::{File, Text};
use super::{CONFIG, Case};

pub(super) const CASES: &[Case] = &[
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
];
