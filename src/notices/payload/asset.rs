//! An asset as its owner is told of it: to be confirmed (M12), and in a statement
//! (M16).

use serde::{Deserialize, Serialize};

/// A line of the register that somebody owns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssetTold {
    /// Its reference.
    pub reference: String,
    /// Its name.
    pub name: String,
    /// For how long its record types are kept, each as `CODE: words`.
    #[serde(default)]
    pub kept: Vec<String>,
}
