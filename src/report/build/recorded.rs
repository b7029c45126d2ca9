//! Sections `recorded` and `comparison`.

use std::collections::{BTreeMap, btree_map::Entry};

use super::each;
use crate::{
    message::Message,
    recorded,
    report::model::{Comparison, MethodResult, Property, Record},
    verify::comparison,
};

/// What others recorded, top first.
pub(super) fn build(message: &Message<'_>, records: Vec<recorded::Record>) -> Vec<Record> {
    each(records, |record| Record {
        kind: record.kind,
        authserv_id: record.authserv_id,
        standing: record.standing,
        reason: record.reason,
        party: record.party,
        hop: record.hop,
        field_index: record.field_index,
        methods: each(record.methods, method),
        defects: record.defects,
        instance: record.instance,
        line: message.fields.get(record.field_index).map_or(0, |field| field.line),
        span: record.span,
    })
}

fn method(method: recorded::MethodResult) -> MethodResult {
    let mut properties = BTreeMap::new();
    let mut repeated_properties = Vec::new();
    for (name, value) in method.properties {
        match properties.entry(name) {
            Entry::Vacant(place) => {
                place.insert(value);
            }
            Entry::Occupied(place) => repeated_properties.push(Property {
                name: place.key().clone(),
                value,
            }),
        }
    }
    MethodResult {
        method: method.method,
        result: method.result,
        reason: method.reason,
        properties,
        repeated_properties,
    }
}

/// Recorded beside recomputed.
pub(super) fn comparison(lines: Vec<comparison::Comparison>) -> Vec<Comparison> {
    each(lines, |line| Comparison {
        method: line.method,
        identifier: line.identifier,
        recorded: line.recorded,
        recomputed: line.recomputed,
        relation: line.relation,
        cause: line.cause,
    })
}
