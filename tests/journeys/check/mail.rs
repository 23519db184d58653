//! Faults of how people are written to, and of the list of requests.

use super::Break::{File, Text};
use super::{CONFIG, Case, MAIL};

pub(super) const CASES: &[Case] = &[
    (
        &[
            Text(CONFIG, MAIL, ""),
            Text(CONFIG, "[catalogue]\n", "[mail]\nfrom = 'r@x.example'\n[catalogue]\n"),
        ],
        &[
            "retaind.toml, line 8: [mail] names no server. Write server = \"mail.council.example\", or sink = \"folder\" to look at the mails in a folder instead.",
        ],
    ),
    (
        &[
            Text(CONFIG, MAIL, ""),
            Text(
                CONFIG,
                "[catalogue]\n",
                "[mail]\nsink = 'folder'\nfrom = 'records'\n[catalogue]\n",
            ),
        ],
        &[
            "retaind.toml, line 10: `records` is not an e-mail address such as records@council.example: it has no @. Mend that line.",
        ],
    ),
    (
        &[
            Text(CONFIG, MAIL, ""),
            Text(
                CONFIG,
                "[catalogue]\n",
                "[mail]\nserver = 'mail'\nsink = 'folder'\nfrom = 'r@x.example'\n[catalogue]\n",
            ),
        ],
        &[
            "retaind.toml, line 10: [mail] names the server `mail`, and with sink = \"folder\" nothing goes to it: nobody would be told anything. Remove the line sink, so that mails go to the server; or remove server, to only look at them in a folder.",
        ],
    ),
    (
        &[
            Text(CONFIG, MAIL, ""),
            Text(
                CONFIG,
                "[catalogue]\n",
                "[mail]\nsink = 'folder'\nfrom = 'r@x.example'\nbounces = 'none/box'\n[catalogue]\n",
            ),
        ],
        &[
            "retaind.toml, line 9: mails only go into the folder state/mail: nobody gets one. Name a server, and remove sink, before anybody is to be told anything. (a warning)",
            "retaind.toml, line 11: failed deliveries cannot be read from none: No such file or directory (os error 2). Name a Maildir, or an mbox file in a folder in which retaind may rename files; under systemd, open it with ReadWritePaths.",
        ],
    ),
    (
        &[
            Text(CONFIG, MAIL, ""),
            Text(
                CONFIG,
                "[catalogue]\n",
                "[mail]\nserver = 'mail'\nfrom = 'r@x.example'\nbounces = 'closed.csv'\nbase_url = 'https://x.example'\n[catalogue]\n",
            ),
        ],
        &[
            "retaind.toml, line 11: failed deliveries cannot be read from closed.csv: it is not an mbox file. Name a Maildir, or an mbox file in a folder in which retaind may rename files; under systemd, open it with ReadWritePaths.",
        ],
    ),
    (
        &[
            Text(CONFIG, MAIL, ""),
            Text(
                CONFIG,
                "[catalogue]\n",
                "[mail]\nserver = 'mail'\nfrom = 'r@x.example'\nuser = 'r'\npassword_file = 'none'\nbase_url = 'https://x.example'\n[catalogue]\n",
            ),
        ],
        &[
            "retaind.toml, line 12: the password file none cannot be read: No such file or directory (os error 2). Put it there, or mend its rights or name.",
        ],
    ),
    (
        &[
            Text(CONFIG, MAIL, ""),
            Text(
                CONFIG,
                "[catalogue]\n",
                "[mail]\nserver = 'mail'\nfrom = 'r@x.example'\nuser = 'r'\n[catalogue]\n",
            ),
        ],
        &[
            "retaind.toml, line 11: `r` has no password. Write password_file, or credential for one that systemd passes.",
        ],
    ),
    (
        &[
            Text(CONFIG, MAIL, ""),
            Text(
                CONFIG,
                "[catalogue]\n",
                "[mail]\nserver = 'mail'\nfrom = 'r@x.example'\nca_file = 'closed.csv'\nbase_url = 'https://x.example'\n[catalogue]\n",
            ),
        ],
        &[
            "retaind.toml, line 11: closed.csv holds no certificate. Name a PEM file of the authority that vouches for the server.",
        ],
    ),
    (
        &[
            Text(CONFIG, MAIL, ""),
            Text(
                CONFIG,
                "[catalogue]\n",
                "[mail]\nsink = 'folder'\nfrom = 'r@x.example'\ntemplates = 'words'\n[catalogue]\n",
            ),
        ],
        &[
            "retaind.toml, line 11: the folder of templates words is not there. Make it, or remove the line.",
        ],
    ),
    (
        &[
            Text(CONFIG, MAIL, ""),
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
        &[
            Text(CONFIG, MAIL, ""),
            Text(
                CONFIG,
                "[catalogue]\n",
                "[mail]\nserver = 'mail'\nfrom = 'r@x.example'\nca_file = 'none.pem'\nbase_url = 'https://x.example'\n[catalogue]\n",
            ),
        ],
        &[
            "retaind.toml, line 11: none.pem cannot be read: No such file or directory (os error 2). Put it there, or mend its rights or name.",
        ],
    ),
    (
        &[Text(CONFIG, MAIL, "")],
        &[
            "retaind.toml, line 1: there is no [mail], so nobody is told anything. Write [mail] with a server and a sender. (a warning)",
        ],
    ),
    (
        &[Text(CONFIG, "base_url = 'https://retaind.trentside.example'\n", "")],
        &[
            "retaind.toml, line 10: [mail] has no base_url, so no mail has a link to answer it by. Write base_url = \"https://retaind.council.example\", where a web server passes on what the daemon answers. (a warning)",
        ],
    ),
    (
        &[Text(CONFIG, "[mail]\n", "[mail]\nbounces = 'nosuch'\n")],
        &[
            "retaind.toml, line 11: nothing is or ever was at nosuch, so no failed delivery is noticed. Mend the name; or, where the mail server makes an mbox file with the first failed delivery, make an empty one that it may write. (a warning)",
        ],
    ),
    (
        &[Text(CONFIG, "[mail]\n", "[mail]\nbounces = 'back'\n"), File("back.read-1", "From a\n")],
        &[],
    ),
    (
        &[Text(CONFIG, "[mail]\n", "[mail]\ntemplates = '.'\n"), File("m2.txt", "Yours")],
        &[
            "retaind.toml, line 11: m2.txt in . is no template's name: it is not used. Rename it to one of m01-coming-due.txt, m02-batch-proposed.txt, m03-authorise.txt, m04-cooling-off.txt, m05-certified.txt, m06-hold-placed.txt, m07-hold-review.txt, m08-hold-released.txt, m09-review-due.txt, m10-transfer-offer.txt, m11-over-retention.txt, m12-register.txt, m13-alarm.txt, m14-rights-request.txt, m15-restriction-lifting.txt, m16-annual-statement.txt, audit-head.txt, changes-wait.txt, hold-asked.txt, mail.html, assets.txt, batch.txt, hold.txt, periods.txt; or take it away. (a warning)",
        ],
    ),
    (
        &[Text(
            CONFIG,
            "[mail]\n",
            "[[service_area]]\nname = 'Housing'\n[[service_area]]\nname = 'Housng'\nmailbox = 'h@x.example'\n[mail]\n",
        )],
        &[
            "retaind.toml, line 13: no asset of the register is in the service area `housng`, so those who are named for it are told nothing. Write it as the register does: Housing. (a warning)",
        ],
    ),
    (
        &[File(
            "people.csv",
            "name,email,os_user,roles,service_areas\nAda,ada@x.example,ada,records-manager dpo iaa,Housing; Plannning\n",
        )],
        &[
            "people.csv, line 2: no asset of the register is in the service area `plannning`, so those who are named for it are told nothing. Write it as the register does: Housing. (a warning)",
        ],
    ),
];
