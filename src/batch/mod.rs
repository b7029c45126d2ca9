//! What concerns many messages at once: which of them are wanted, what is found in all of them together, and where an
//! earlier run stopped.

mod campaigns;
mod facts;
mod filter;
mod place;
mod summary;
mod table;
mod tally;
mod values;

pub use facts::Facts;
pub use filter::{Filter, Where};
pub use place::{Earlier, Place};
pub use summary::Counts;
pub use table::{csv, error_row, headings, row};
