//! A point in time as the report writes it.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

use crate::time::Timestamp;

/// A moment between the years 1 and 9999, in RFC 3339 and UTC. Hostile numbers beyond are no moment at all.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Moment(Timestamp);

/// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z: what RFC 3339's four digits of year can say.
const RANGE: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

impl Moment {
    /// The moment, when RFC 3339 can write it.
    pub fn new(at: Timestamp) -> Option<Self> {
        RANGE.contains(&at.0).then_some(Self(at))
    }

    /// The point in time.
    pub fn timestamp(self) -> Timestamp {
        self.0
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl JsonSchema for Moment {
    fn schema_name() -> Cow<'static, str> {
        "Moment".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "date-time",
            "description": "RFC 3339, in UTC.",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_rfc_3339_cannot_write() {
        assert_eq!(Moment::new(Timestamp(i64::MAX)), None);
        assert_eq!(Moment::new(Timestamp(i64::MIN)), None);
        let last = Moment::new(Timestamp(253_402_300_799)).map(|moment| moment.to_string());
        assert_eq!(last.as_deref(), Some("9999-12-31T23:59:59Z"));
        let first = Moment::new(Timestamp(-62_135_596_800)).map(|moment| moment.to_string());
        assert_eq!(first.as_deref(), Some("0001-01-01T00:00:00Z"));
    }
}
