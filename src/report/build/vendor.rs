//! Section `vendor`.

use super::each;
use crate::{
    message::Message,
    report::model::{VendorFact, VendorField},
    vendor,
};

/// Every field of a vendor.
pub(super) fn build(message: &Message<'_>, vendor: Vec<vendor::VendorField>) -> Vec<VendorField> {
    let fields = vendor.into_iter().filter_map(|told| {
        let field = message.fields.get(told.field_index)?;
        let facts = each(told.facts, |fact| VendorFact {
            key: fact.key,
            value: fact.value,
            meaning: fact.meaning,
            span: fact.span,
        });
        Some(VendorField {
            vendor: told.vendor,
            name: field.name().into_owned(),
            about: told.about,
            by_receiver: told.by_receiver,
            facts,
            field_index: told.field_index,
            line: field.line,
        })
    });
    fields.collect()
}
