//! Section `vendor`.

use crate::{
    case::Case,
    report::model::{VendorFact, VendorField},
};

/// Every field of a vendor.
pub(super) fn build(case: &Case<'_>) -> Vec<VendorField> {
    let fields = case.vendor.iter().filter_map(|told| {
        let field = case.message.fields.get(told.field_index)?;
        let facts = told.facts.iter().map(|fact| VendorFact {
            key: fact.key.clone(),
            value: fact.value.clone(),
            meaning: fact.meaning,
            span: fact.span,
        });
        Some(VendorField {
            vendor: told.vendor,
            name: field.name().into_owned(),
            about: told.about,
            by_receiver: told.by_receiver,
            facts: facts.collect(),
            field_index: told.field_index,
            line: field.line,
        })
    });
    fields.collect()
}
