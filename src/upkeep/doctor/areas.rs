//! Service areas that the configuration names and the register does not know.

use async_trait::async_trait;

use super::{Begun, Check, Patient, Said, of_configuration, well};
use crate::check::{Finding, Weight, unknown_areas};
use crate::plural::counted;
use crate::upkeep::UpkeepError;

pub(super) struct Areas;

#[async_trait]
impl Check for Areas {
    fn area(&self) -> &'static str {
        "service areas"
    }

    /// Before there is a register none of them is wrong.
    async fn look(&self, patient: &Patient<'_>) -> Result<Vec<Said>, UpkeepError> {
        let named = patient.config.areas.len();
        if patient.begun == Begun::NotYet {
            return Ok(Vec::new());
        }
        let unknown = unknown_areas(patient.config, patient.catalogue).await?;
        if unknown.is_empty() {
            let named = counted(named as u64, "is", "are");
            return Ok(vec![well(format!("{named} named, and the register knows each"))]);
        }
        let told = unknown.into_iter().map(|told| Finding { weight: Weight::Warning, told });
        Ok(told.map(of_configuration).collect())
    }
}
