//! Questions and answers: the snapshot that evaluators read, and the only network of the program.

mod answer;
mod live;
mod lookups;
mod record_type;
mod snapshot;
mod snapshot_file;

pub use answer::{Answer, Data, Question, StoredAnswer};
pub use live::{Live, Resolver};
pub use lookups::{Asked, Lookups};
pub use record_type::RecordType;
pub use snapshot::{Absent, Found, Snapshot};
