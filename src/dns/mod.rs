//! Questions and answers: the snapshot that evaluators read, and the only network of the program.

mod answer;
mod existing;
mod history;
mod import;
mod lines;
mod live;
mod lookups;
mod record_type;
mod resolver;
mod snapshot;
mod snapshot_file;
mod wire;

pub use answer::{Answer, Data, Question, StoredAnswer, is_answer};
pub use import::import;
pub use live::{IN_FLIGHT, Limits, Live};
pub use lookups::{Asked, Lookups};
pub use record_type::RecordType;
pub use resolver::{Endpoint, Resolver};
pub use snapshot::{Absent, Found, Snapshot};
