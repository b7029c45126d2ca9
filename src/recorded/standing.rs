//! Who may be believed (report.md, "Trust and the border").

use super::Recorded;
use crate::{known::Known, message::Message, trace::Trace};

/// Sets standing and reason of every record.
pub fn judge_standing(_recorded: &mut Recorded, _message: &Message<'_>, _trace: &Trace, _known: &Known) {}
