//! How people are written to, and the list of requests that the feed reads.

use std::fs;
use std::path::Path;

use super::{Checked, files};
use crate::config::{Carrier as Way, Config, ConfigError};
use crate::notices::NoticeError;
use crate::notices::bounce::{look, was_never_there};
use crate::notices::carrier::Carrier;
use crate::notices::render::Templates;

pub(super) fn check(config: &Config, checked: &mut Checked) {
    ways_out(config, checked);
    feed(config, checked);
}

pub(super) fn ways_out(config: &Config, checked: &mut Checked) {
    let Some(mail) = &config.mail else {
        // What is wrong with one that is there is told by itself.
        if !ConfigError::is_key(&config.path, "mail") {
            let what = "there is no [mail], so nobody is told anything".to_owned();
            let remedy = "Write [mail] with a server and a sender";
            checked.warn(ConfigError::at_key(&config.path, "mail", what, remedy));
        }
        return;
    };
    let looked = [
        ("mail.templates", Templates::load(mail.templates.as_deref()).err()),
        ("mail.ca_file", Carrier::check(mail).err()),
    ];
    for (key, fault) in looked {
        match fault {
            // A password that cannot be read is told with the other secrets.
            None | Some(NoticeError::Config(_)) => {}
            Some(fault) => checked.fault(told(config, key, &fault)),
        }
    }
    match &mail.carrier {
        Way::Smtp(smtp) => {
            if let Some(file) = smtp.ca_file.as_deref().filter(|file| is_no_certificate(file)) {
                let what = format!("{} holds no certificate", file.display());
                let remedy = "Name a PEM file of the authority that vouches for the server";
                checked.fault(ConfigError::at_key(&config.path, "mail.ca_file", what, remedy));
            }
            if mail.base_url.is_none() {
                let what = "[mail] has no base_url, so no mail has a link to answer it by";
                let remedy = "Write base_url = \"https://retaind.council.example\", where a web \
                              server passes on what the daemon answers";
                let key = "mail.base_url";
                checked.warn(ConfigError::at_key(&config.path, key, what.to_owned(), remedy));
            }
        }
        // What is still as it came is told as a whole.
        Way::Folder(_) if files::is_as_it_came(config) => {}
        Way::Folder(folder) => {
            let what =
                format!("mails only go into the folder {}: nobody gets one", folder.display());
            let remedy = "Name a server, and remove sink, before anybody is to be told anything";
            checked.warn(ConfigError::at_key(&config.path, "mail.sink", what, remedy));
        }
    }
    mail.templates.iter().for_each(|folder| templates(config, folder, checked));
    mail.bounces.iter().for_each(|place| bounces(config, place, checked));
}

/// A file under no template's name says nothing to anybody.
fn templates(config: &Config, folder: &Path, checked: &mut Checked) {
    let names: Vec<&str> = Templates::names().collect();
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut strange: Vec<String> = files
        .map(|file| file.file_name().to_string_lossy().into_owned())
        .filter(|name| [".txt", ".html"].iter().any(|ending| name.ends_with(ending)))
        .filter(|name| !names.contains(&name.as_str()))
        .collect();
    strange.sort_unstable();
    for name in strange {
        let what = format!("{name} in {} is no template's name: it is not used", folder.display());
        let remedy = format!("Rename it to one of {}; or take it away", names.join(", "));
        checked.warn(ConfigError::at_key(&config.path, "mail.templates", what, &remedy));
    }
}

fn bounces(config: &Config, place: &Path, checked: &mut Checked) {
    let told = |what, remedy| ConfigError::at_key(&config.path, "mail.bounces", what, remedy);
    if let Err(NoticeError::Bounces { path, why }) = look(place) {
        let what = format!("failed deliveries cannot be read from {}: {why}", path.display());
        let remedy = "Name a Maildir, or an mbox file in a folder in which retaind may rename \
                      files; under systemd, open it with ReadWritePaths";
        checked.fault(told(what, remedy));
    } else if was_never_there(place) {
        let what = format!(
            "nothing is or ever was at {}, so no failed delivery is noticed",
            place.display()
        );
        let remedy = "Mend the name; or, where the mail server makes an mbox file with the first \
                      failed delivery, make an empty one that it may write";
        checked.warn(told(what, remedy));
    }
}

fn is_no_certificate(file: &Path) -> bool {
    fs::read(file).is_ok_and(|pem| !String::from_utf8_lossy(&pem).contains("BEGIN CERTIFICATE"))
}

fn told(config: &Config, key: &str, fault: &NoticeError) -> ConfigError {
    let (what, remedy) = match fault {
        NoticeError::Template { name, why } => {
            let why: Vec<_> = why.split_whitespace().collect();
            let what = format!("the template {name}: {}", why.join(" "));
            (what, "Mend it, or remove it so that the built-in one is used")
        }
        NoticeError::File { path, why } => {
            let what = format!("{} cannot be read: {why}", path.display());
            (what, "Put it there, or mend its rights or name")
        }
        fault => (fault.to_string(), "Mend what it names"),
    };
    ConfigError::at_key(&config.path, key, what, remedy)
}

/// A list that is not there is not read, and what it asks for is not held.
fn feed(config: &Config, checked: &mut Checked) {
    let Some(feed) = &config.holds.feed else { return };
    if let Err(error) = fs::File::open(&feed.file) {
        let what = format!("the list of requests {} cannot be read: {error}", feed.file.display());
        let remedy = "Put it there, or mend its rights or name";
        checked.fault(ConfigError::at_key(&config.path, "holds.feed.file", what, remedy));
    }
    if !config.people.iter().any(|person| person.email.eq_ignore_ascii_case(&feed.person)) {
        let what = format!("`{}` is on no line of the people list", feed.person);
        let remedy = "Write the address of somebody who is and may place holds";
        checked.fault(ConfigError::at_key(&config.path, "holds.feed.person", what, remedy));
    }
}
