//! Sections `recorded` and `comparison`.

use std::collections::{BTreeMap, btree_map::Entry};

use crate::{
    case::Case,
    recorded,
    report::model::{Comparison, MethodResult, Property, Record},
};

/// What others recorded, top first.
pub(super) fn build(case: &Case<'_>) -> Vec<Record> {
    let record = |record: &recorded::Record| Record {
        kind: record.kind,
        authserv_id: record.authserv_id.clone(),
        standing: record.standing,
        reason: record.reason.clone(),
        party: record.party,
        hop: record.hop,
        field_index: record.field_index,
        methods: record.methods.iter().map(method).collect(),
        defects: record.defects.clone(),
        instance: record.instance,
        line: case
            .message
            .fields
            .get(record.field_index)
            .map_or(0, |field| field.line),
        span: record.span,
    };
    case.recorded.records.iter().map(record).collect()
}

fn method(method: &recorded::MethodResult) -> MethodResult {
    let mut properties = BTreeMap::new();
    let mut repeated_properties = Vec::new();
    for (name, value) in &method.properties {
        match properties.entry(name.clone()) {
            Entry::Vacant(place) => {
                place.insert(value.clone());
            }
            Entry::Occupied(_) => repeated_properties.push(Property {
                name: name.clone(),
                value: value.clone(),
            }),
        }
    }
    MethodResult {
        method: method.method.clone(),
        result: method.result.clone(),
        reason: method.reason.clone(),
        properties,
        repeated_properties,
    }
}

/// Recorded beside recomputed.
pub(super) fn comparison(case: &Case<'_>) -> Vec<Comparison> {
    let lines = case.verification.comparison.iter();
    lines
        .map(|line| Comparison {
            method: line.method.clone(),
            identifier: line.identifier.clone(),
            recorded: line.recorded.clone(),
            recomputed: line.recomputed.clone(),
            relation: line.relation,
            cause: line.cause.clone(),
        })
        .collect()
}
