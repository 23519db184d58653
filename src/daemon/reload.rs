//! Reading the configuration again while the daemon runs. One that is wrong
//! changes nothing.

use std::sync::Arc;

use super::Daemon;
use super::systemd::{Tell, tell};
use crate::check;
use crate::config::Config;
use crate::notices;
use crate::people;

impl Daemon {
    /// Reads the configuration again. Running jobs end by the one they began with.
    pub(super) async fn reload(self: &Arc<Self>) {
        tell(&Tell::Reloading);
        let refused = match self.read().await {
            Ok(config) => {
                tracing::info!("the configuration was read again");
                self.config.send_replace(Arc::new(config));
                None
            }
            Err(fault) => {
                tracing::error!("the configuration is refused, and the old one kept: {fault}");
                Some(fault)
            }
        };
        if refused.is_none() {
            self.beat().await;
        }
        self.refused.send_replace(refused);
        tell(&Tell::Ready(self.status().await));
    }

    async fn read(&self) -> Result<Config, String> {
        let config = Config::read(&self.config_path).map_err(|fault| fault.to_string())?;
        let old = Arc::clone(&self.config.borrow());
        for (setting, is_same) in [
            ("catalogue.url", config.catalogue.url == old.catalogue.url),
            ("state_directory", config.state_directory == old.state_directory),
            ("http.listen", config.http == old.http),
        ] {
            if !is_same {
                return Err(format!("{setting} changes only with a restart"));
            }
        }
        if let Some(fault) = check::fault(&config) {
            return Err(fault.to_string());
        }
        self.sync_people(&config).await?;
        Ok(config)
    }

    async fn sync_people(&self, config: &Config) -> Result<(), String> {
        let clock = &self.runner.clock;
        let tx = self.runner.catalogue.write_tx().await.map_err(|fault| fault.to_string())?;
        let synced = people::sync(&tx, &config.people, clock.now(), clock.today()).await;
        synced.map_err(|fault| fault.to_string())?;
        let routed = notices::sync_routes(&tx, &config.routes, clock.now()).await;
        routed.map_err(|fault| fault.to_string())?;
        tx.commit().await.map_err(|fault| fault.to_string())
    }
}
