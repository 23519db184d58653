//! Secrets that systemd passes: by name from `$CREDENTIALS_DIRECTORY`, and refused
//! with the way out where it passed none.

use std::process::Output;

use crate::casework::Casework;
use crate::catalogue::Database;
use crate::council::Council;
use crate::mail_server::MailServer;
use crate::notices::{certificates, writing};

/// What a command says where systemd passed the credentials in this folder.
fn with_credentials(council: &Council, args: &[&str]) -> Output {
    let folder = council.path("credentials");
    council.command(args).env("CREDENTIALS_DIRECTORY", folder).output().expect("the binary")
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

#[tokio::test]
async fn the_password_of_the_mail_server_is_taken_from_the_credential_of_its_name() {
    let council = writing(Database::Sqlite, "").await;
    certificates(&council);
    let path = |name: &str| council.path(name).display().to_string();
    let (pem, key) = (path("leaf.pem"), path("leaf.key"));
    let server = MailServer::with(&["--tls", &pem, &key, "--auth", "retaind", "s3cret"]);
    let mail = format!(
        "[mail]\nserver = '127.0.0.1'\nport = {}\nfrom = 'records@trentside.example'\n\
         ca_file = 'ca.pem'\nuser = 'retaind'\ncredential = 'mail-password'\n",
        server.port
    );
    council.write("retaind.toml", &(council.configuration() + &mail));
    std::fs::create_dir(council.path("credentials")).unwrap();
    let test = ["mail", "test", "ada@trentside.example"];

    let none = council.run(&test);
    assert_eq!(none.code, 1, "{none:?}");
    let words =
        "systemd passed no credentials, so `mail-password` is not there. Add LoadCredential";
    assert!(none.err.contains(words), "{none:?}");
    let missing = with_credentials(&council, &test);
    assert!(!missing.status.success(), "{}", said(&missing));
    assert!(said(&missing).contains("credentials/mail-password"), "{}", said(&missing));
    assert_eq!(server.mails().len(), 0);

    council.write("credentials/mail-password", "s3cret\n");
    let sent = with_credentials(&council, &test);
    assert!(sent.status.success(), "{}", said(&sent));
    assert_eq!(server.mails()[0]["user"], "retaind");
    assert!(!said(&sent).contains("s3cret"));
}

#[tokio::test]
async fn the_password_of_a_database_is_taken_from_the_credential_of_its_name() {
    let council = Council::found(Database::Postgres).await;
    let table = "create table file (id integer primary key, changed date)";
    let casework = Casework::make(Database::Postgres, table).await;
    let settings = format!("{}credential = 'casework'\n", casework.settings());
    let mapping = "[[mapping]]\nrecord_type = 'HOU-03'\nlocation = 'file'\n\
                   [mapping.dates]\nlast-modified = { from = 'column', name = 'changed' }\n";
    council.store("casework", &(settings + mapping));
    let test = ["store", "test", "casework"];
    let none = council.run(&test);
    assert_ne!(none.code, 0, "{none:?}");
    let told = none.out.clone() + &none.err;
    assert!(told.contains("the service manager handed no credentials over"), "{none:?}");
    std::fs::create_dir(council.path("credentials")).unwrap();
    let missing = said(&with_credentials(&council, &test));
    assert!(missing.contains("credentials/casework cannot be read"), "{missing}");
    council.write("credentials/casework", "geheim\n");
    let reached = with_credentials(&council, &test);
    assert!(reached.status.success(), "{}", said(&reached));
    assert!(!said(&reached).contains("geheim"));
}
