//! Questions and answers: the snapshot that evaluators read, and the only network of the program.

mod answer;
mod live;
mod lookups;
mod snapshot;
mod snapshot_file;

pub use answer::{Answer, Data, Question, RecordType, StoredAnswer};
pub use live::{Live, Resolver};
pub use lookups::{Asked, Lookups};
pub use snapshot::{Absent, Snapshot};
