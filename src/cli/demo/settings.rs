//! The demo council's configuration: what an administrator would write.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::{fs, io};

const CONFIG: &str = r#"# The configuration of a small council that exists only in this folder.

state_directory = "state"
people = "people.csv"
stores = "stores.d"

[organisation]
name = "Trentside County Council"
ico_registration = "Z0000000"
jurisdiction = "england-and-wales"

# Mails go into a folder to be read, state/mail.
[mail]
sink = "folder"
from = "records@trentside.example"
base_url = "http://127.0.0.1:PORT"

[calendar]
financial_year_end = "03-31"
current_year = "financial"      # what "CY+6" means in this schedule

[jobs]
inbox = "inbox"                 # drop a register here while `demo --serve` runs
profile = "register/profile.toml"

[http]
listen = "127.0.0.1:PORT"
"#;

const SHARE: &str = r#"# The corporate file share.

kind = "filesystem"
backup_retention = "P35D"

[settings]
root = "ROOT"
sentinel = ".retaind-store"     # an unmounted share has no such file

[[mapping]]
record_type = "PLAN-14"
location = "planning/enforcement"
unit = { folder = { depth = 2 } }
reference = { from = "path", pattern = '/(ENF-\d{4}-\d{4})' }

[mapping.dates]
case-closed = { from = "sidecar", file = "../share/planning/closed-cases.csv", key = "case", column = "closed" }

[[mapping]]
record_type = "FIN-02"
location = "finance/invoices"

[mapping.dates]
created = { from = "modified" }

[[mapping]]
record_type = "HOU-03"
location = "housing/repairs"

[mapping.dates]
last-modified = { from = "modified" }

[[mapping]]
record_type = "DEM-01"
location = "democratic/minutes"

[[mapping]]
record_type = "COM-09"
location = "cctv"
pattern = "**/*.mp4"

[mapping.dates]
created = { from = "path", pattern = '(?<date>\d{4}-\d{2}-\d{2})' }

[[mapping]]
record_type = "HR-01"
location = "hr/leavers"
unit = { folder = { depth = 1 } }

[mapping.dates]
employment-ended = { from = "path", pattern = '_left-(?<date>\d{4}-\d{2}-\d{2})' }
"#;

const CASEWORK: &str = r#"# The case system's database.

kind = "sql"
backup_retention = "P90D"

[settings]
url = "sqlite://DATABASE"

[[mapping]]
record_type = "CUS-04"
location = "complaint"

[mapping.dates]
case-closed = { from = "column", name = "closed_on" }

[[mapping]]
record_type = "HOU-07"
location = "tenancy"
subject = { from = "column", name = "tenant_ref" }

[mapping.dates]
contract-ended = { from = "column", name = "ended_on" }

[[mapping]]
record_type = "CH-11"
location = "looked_after_child"
subject = { from = "column", name = "person_ref" }

[mapping.dates]
date-of-birth = { from = "column", name = "born_on" }
date-of-death = { from = "column", name = "died_on" }
"#;

const PROFILE: &str = r#"# What this council's register means by its own words. See `retaind register
# import --help`; src/register/profile.toml in the source documents every setting.

[wording]
current-year = "financial"      # "CY+6" in this schedule counts financial years
"#;

const PEOPLE: &str = "\
name,email,os_user,roles
Rowan Hale,rowan.hale@trentside.example,OS_USER,records-manager dpo
Priya Nair,priya.nair@trentside.example,,iao
Tom Whitlock,tom.whitlock@trentside.example,,iao
Grace Adeyemi,grace.adeyemi@trentside.example,,iao
Marian Cole,marian.cole@trentside.example,,iao
Alex Reed,alex.reed@trentside.example,,siro
Joy Mbeki,joy.mbeki@trentside.example,,iao
Ellis Grant,ellis.grant@trentside.example,,iao archivist
Sam Okoro,sam.okoro@trentside.example,,iao
Lena Fox,lena.fox@trentside.example,,iao
Harriet Stone,harriet.stone@trentside.example,,legal
Ines Duarte,ines.duarte@trentside.example,,information-requests
";

/// Writes the configuration below `folder`, for this operating-system user and
/// this port, or any that is free.
pub(super) fn write(folder: &Path, os_user: &str, port: u16) -> io::Result<()> {
    let port = if port == 0 { free_port()? } else { port };
    let stores = folder.join("stores.d");
    fs::create_dir_all(&stores)?;
    let place =
        |text: &str, name: &str, path: &Path| text.replace(name, &path.display().to_string());
    fs::write(folder.join("retaind.toml"), CONFIG.replace("PORT", &port.to_string()))?;
    fs::write(folder.join("register/profile.toml"), PROFILE)?;
    fs::write(folder.join("people.csv"), PEOPLE.replace("OS_USER", os_user))?;
    fs::write(stores.join("share.toml"), place(SHARE, "ROOT", &folder.join("share")))?;
    fs::write(
        stores.join("casework.toml"),
        place(CASEWORK, "DATABASE", &folder.join("casework.db")),
    )
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
