//! The key files: there, and the catalogue's own. Whose they are to read is a
//! matter of the configuration's files.

use std::fs;

use async_trait::async_trait;
use sea_orm::EntityTrait as _;

use super::{Check, Patient, Said, warning, well, wrong};
use crate::catalogue::entity::setting;
use crate::keys::{self, Keys};
use crate::upkeep::UpkeepError;

pub(super) struct KeyFiles;

const RESTORE: &str = "Restore the file from a backup (`retaind restore` does, or take it out of \
    the .backup file, which is a zip archive); a new key would not match the holds on people";

#[async_trait]
impl Check for KeyFiles {
    fn area(&self) -> &'static str {
        "keys"
    }

    async fn look(&self, patient: &Patient<'_>) -> Result<Vec<Said>, UpkeepError> {
        let folder = &patient.config.state_directory;
        let mark = setting::Entity::find_by_id(keys::MARK).one(patient.catalogue.read()).await?;
        let path = folder.join(keys::FILE);
        let key = fs::read(&path).ok().and_then(|content| Keys::parse(&content));
        let shown = path.display();
        Ok(vec![match (mark, key) {
            (None, _) => warning(
                "the catalogue has no key yet",
                "Nothing, if it is new: the first command or the daemon makes one",
            ),
            (Some(_), None) => wrong(format!("{shown} is missing or holds no key"), RESTORE),
            (Some(mark), Some(key)) if key.mark() != mark.value => {
                wrong(format!("{shown} is not the key this catalogue was made with"), RESTORE)
            }
            _ => well(format!("{shown}: it is the catalogue's own")),
        }])
    }
}
