//! Which lines of a batch are in open chunks. Their intent names them, and they stand
//! where they were to be acted on until it is known what became of them.

use retaind_schedules::batch::LineState;
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

use crate::catalogue::CatalogueError;
use crate::catalogue::entity::{batch_line, intent};
use crate::catalogue::values::Text;

/// The open chunks of a batch.
#[derive(Debug)]
pub(crate) struct UnderWay(Vec<intent::Model>);

impl UnderWay {
    /// As the catalogue has them now. Whoever would change a line that may be acted on
    /// locks it and then asks, as whoever opens a chunk does: no chunk is opened over
    /// it from then on.
    pub(crate) async fn of(
        database: &impl ConnectionTrait,
        batch: Uuid,
    ) -> Result<Self, CatalogueError> {
        let open = intent::Entity::find()
            .filter(intent::Column::BatchId.eq(batch))
            .filter(intent::Column::ClosedAt.is_null());
        Ok(Self(open.all(database).await?))
    }

    /// Whether none is open.
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one of them names this line.
    pub(crate) fn names(&self, line: &batch_line::Model) -> bool {
        self.0.iter().any(|intent| intent.positions.0.has(line.position))
    }

    /// Whether a line is held that stands between the ends of one of them: one that was
    /// never taken is, where it is named.
    pub(crate) fn or_held(&self, line: &batch_line::Model) -> bool {
        line.state.0 != LineState::Pending || self.names(line)
    }

    /// The line as people are shown it.
    pub(crate) fn shown(&self, line: batch_line::Model) -> batch_line::Model {
        match !line.state.0.is_settled() && self.names(&line) {
            true => batch_line::Model { state: Text(LineState::Acting), ..line },
            false => line,
        }
    }
}

/// The lines that an intent has open, in order. What stands settled among those that
/// it names was settled otherwise: by a certificate that was given after the backup
/// which this catalogue was restored from.
pub(super) async fn lines_of(
    database: &impl ConnectionTrait,
    intent: &intent::Model,
) -> Result<Vec<batch_line::Model>, CatalogueError> {
    let named = &intent.positions.0;
    let Some((first, last)) = named.ends() else { return Ok(Vec::new()) };
    let between = batch_line::Entity::find()
        .filter(batch_line::Column::BatchId.eq(intent.batch_id))
        .filter(batch_line::Column::Position.between(first, last));
    let mut lines = between.all(database).await?;
    lines.retain(|line| named.has(line.position) && !line.state.0.is_settled());
    lines.sort_by_key(|line| line.position);
    Ok(lines)
}
