//! Which header fields a signature covers, and the bytes that it signs (RFC 6376 3.5, 3.7, 5.4.2).

use std::{
    borrow::Cow,
    cell::OnceCell,
    collections::HashMap,
    hash::{Hash, Hasher},
};

use foldhash::fast::RandomState;

use super::{
    canonical::{self, Canonicalization},
    signature::Signature,
};
use crate::message::{Field, Message};

/// The header of a message, ready to be hashed for any number of signatures.
#[derive(Debug)]
pub(in crate::verify) struct Header<'a, 'm> {
    message: &'a Message<'m>,
    /// Made once a signature asks: most messages have no seal, and many no signature.
    index: OnceCell<Index<'m>>,
}

/// Where the fields of each name stand.
#[derive(Debug)]
struct Index<'m> {
    /// The lowest field of each name.
    lowest: HashMap<Name<'m>, usize, RandomState>,
    /// For each field the next one above it that has its name.
    above: Vec<Option<usize>>,
}

/// A field's name, which has no case.
#[derive(Debug)]
struct Name<'n>(Cow<'n, str>);

impl PartialEq for Name<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Name<'_> {}

impl Hash for Name<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let mut lower = [0; 32];
        for piece in self.0.as_bytes().chunks(lower.len()) {
            let lower = &mut lower[..piece.len()];
            lower.copy_from_slice(piece);
            lower.make_ascii_lowercase();
            state.write(lower);
        }
    }
}

impl<'m> Index<'m> {
    fn of(message: &Message<'m>) -> Self {
        let mut lowest = HashMap::with_capacity_and_hasher(message.fields.len(), RandomState::default());
        let above = message
            .fields
            .iter()
            .map(|field| lowest.insert(Name(field.name()), field.index))
            .collect();
        Self { lowest, above }
    }

    /// The fields of one name from `lowest` up.
    fn upwards(&self, lowest: Option<usize>) -> impl Iterator<Item = usize> {
        std::iter::successors(lowest, |index| self.above.get(*index).copied().flatten())
    }
}

/// The fields that h= stands for.
#[derive(Debug)]
pub(in crate::verify) struct Selection {
    /// Indexes of the signed fields, in the order in which they are hashed.
    pub(in crate::verify) fields: Vec<usize>,
    /// For each name in h= the field that it stands for; `None` where it stands for nothing.
    pub(in crate::verify) places: Vec<Option<usize>>,
    /// Indexes of the fields that h= names, yet too rarely to cover (RFC 6376 8.15), top first.
    pub(in crate::verify) left_over: Vec<usize>,
}

impl<'a, 'm> Header<'a, 'm> {
    pub(in crate::verify) fn new(message: &'a Message<'m>) -> Self {
        Self {
            message,
            index: OnceCell::new(),
        }
    }

    /// Selects the fields that the names of h= stand for, other than the signature itself.
    pub(in crate::verify) fn select(&self, names: &[String], signature: &Field<'_>) -> Selection {
        // RFC 6376 5.4.2: fields of one name are taken from the bottom up; a name beyond the last one stands for nothing.
        let index = self.index.get_or_init(|| Index::of(self.message));
        // RFC 6376 3.5: h= never means the field that holds it.
        let next = |lowest| index.upwards(lowest).find(|found| *found != signature.index);
        // For each name, by its lowest field, the lowest that no earlier mention took.
        let mut left: HashMap<usize, Option<usize>, RandomState> = HashMap::default();
        let mut places = Vec::with_capacity(names.len());
        for name in names {
            let place = index.lowest.get(&Name(Cow::Borrowed(name))).and_then(|lowest| {
                let left = left.entry(*lowest).or_insert(Some(*lowest));
                let found = next(*left)?;
                *left = index.above.get(found).copied().flatten();
                Some(found)
            });
            places.push(place);
        }
        let left = left.into_values();
        let mut left_over: Vec<usize> = left.flat_map(|lowest| index.upwards(lowest)).collect();
        left_over.retain(|index| *index != signature.index);
        left_over.sort_unstable();
        Selection {
            fields: places.iter().flatten().copied().collect(),
            places,
            left_over,
        }
    }

    /// The bytes under the signature (RFC 6376 3.7): the selected fields, then the signature with an empty b=.
    pub(in crate::verify) fn signed_bytes(
        &self,
        field: &Field<'_>,
        signature: &Signature,
        selection: &Selection,
    ) -> Vec<u8> {
        let form = signature.header_form.unwrap_or(Canonicalization::Simple);
        let length = selection
            .fields
            .iter()
            .filter_map(|index| self.message.fields.get(*index));
        let mut signed =
            Vec::with_capacity(length.map(|field| field.raw().len() + 2).sum::<usize>() + field.raw().len());
        for field in selection
            .fields
            .iter()
            .filter_map(|index| self.message.fields.get(*index))
        {
            self.append_canonical(&mut signed, field, field.raw_value(), form);
            signed.extend_from_slice(b"\r\n");
        }
        signed.extend(self.own_bytes(field, signature, form));
        signed
    }

    /// The signature's own field, its b= taken as empty, without a line end.
    pub(in crate::verify) fn own_bytes(
        &self,
        field: &Field<'_>,
        signature: &Signature,
        form: Canonicalization,
    ) -> Vec<u8> {
        let value = field.raw_value();
        let cut = &signature.value_range;
        let before = value.get(..cut.start).unwrap_or_default();
        let after = value.get(cut.end..).unwrap_or_default();
        self.canonical_value(field, &[before, after].concat(), form)
    }

    /// A field in canonical form, without its line end.
    pub(in crate::verify) fn canonical(&self, field: &Field<'_>, form: Canonicalization) -> Vec<u8> {
        self.canonical_value(field, field.raw_value(), form)
    }

    fn canonical_value(&self, field: &Field<'_>, value: &[u8], form: Canonicalization) -> Vec<u8> {
        let mut out = Vec::with_capacity(field.raw().len());
        self.append_canonical(&mut out, field, value, form);
        out
    }

    fn append_canonical(&self, out: &mut Vec<u8>, field: &Field<'_>, value: &[u8], form: Canonicalization) {
        let cr_only = self.message.cr_only();
        let head_length = field.value_span.start.saturating_sub(field.span.start);
        let head = field.raw().get(..head_length).unwrap_or_default();
        canonical::append_header_field(
            out,
            &canonical::with_crlf(head, cr_only),
            &canonical::with_crlf(value, cr_only),
            form,
        );
    }

    /// Fields by name and index.
    pub(in crate::verify) fn named(&self, indexes: &[usize]) -> Vec<(String, usize)> {
        let field = |index: &usize| Some((self.message.fields.get(*index)?.name().into_owned(), *index));
        indexes.iter().filter_map(field).collect()
    }
}
