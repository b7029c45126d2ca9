//! Bytes to header fields with spans, addresses, dates, MIME structure and the defects of the form.
//!
//! Reading never fails: damage is data. Every span is a byte offset into the message as stored.

mod address;
mod attached;
mod date;
mod decode;
mod encoded_word;
mod field;
mod from_readings;
mod mime;
mod read;
mod structure;
mod survey;
mod template;
#[cfg(test)]
mod tests;

pub use address::{AddressDefect, AddressList, Mailbox, parse_addresses};
pub(crate) use address::{address_of, resolve_pairs};
pub use attached::{AttachedMessage, Relation};
pub use date::{DateDefect, DateTime, parse_date};
pub(crate) use encoded_word::LENIENT_BASE64;
pub use encoded_word::decode_encoded_words;
pub use field::{Field, Span, Unfolded};
pub use from_readings::{AuthorForm, FromReading, author_form, from_readings};
pub use mime::{Mime, Part};
pub use structure::{Defect, DefectKind};
pub use template::template;

use self::field::Names;
pub(crate) use self::field::lossy;

/// A message as stored, cut into header fields.
#[derive(Clone, Debug)]
pub struct Message<'m> {
    /// The stored bytes, with whatever stands before the header (BOM, blank lines, an mbox `From ` line).
    pub bytes: &'m [u8],
    /// The mbox `From ` line in front of the header, without its line end.
    pub mbox_line: Option<Span>,
    /// All header fields, top first.
    pub fields: Vec<Field<'m>>,
    /// Their names.
    names: Names,
    /// The body; `None` when the header is not followed by an empty line (headers only): body checks are not evaluable.
    pub body: Option<Span>,
    /// The header was put together anew by a program that kept no bytes: a signature that does not verify says nothing then.
    pub rebuilt: bool,
    /// The line ends found.
    pub line_endings: LineEndings,
    /// What is wrong with the form, in the order of the bytes.
    pub defects: Vec<Defect>,
}

/// How many lines end in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineEndings {
    /// Lines that end in CR LF.
    pub crlf: usize,
    /// Lines that end in a bare LF.
    pub lf: usize,
    /// Bare CRs.
    pub cr: usize,
}

impl LineEndings {
    /// `crlf`, `lf`, `cr`, `mixed`, or `none` for a message of one unended line.
    pub fn name(self) -> &'static str {
        match (self.crlf > 0, self.lf > 0, self.cr > 0) {
            (false, false, false) => "none",
            (true, false, false) => "crlf",
            (false, true, false) => "lf",
            (false, false, true) => "cr",
            _ => "mixed",
        }
    }

    /// Whether all lines end in CR LF.
    pub fn crlf_only(self) -> bool {
        self.lf == 0 && self.cr == 0
    }

    /// Whether lines end in bare CR: no LF stands anywhere.
    pub fn cr_only(self) -> bool {
        self.crlf == 0 && self.lf == 0 && self.cr > 0
    }
}

impl<'m> Message<'m> {
    /// Cuts stored bytes into fields and body. Never fails; see [`Message::defects`].
    pub fn read(bytes: &'m [u8]) -> Self {
        read::read(bytes)
    }

    /// The fields of a name (compared without case, obsolete white space before the colon ignored), top first.
    pub fn fields_named(&self, name: &str) -> impl Iterator<Item = &Field<'m>> + Clone {
        self.which_may_be(name).iter().filter(move |field| field.is(name))
    }

    /// The first field of a name from the top.
    #[inline]
    pub fn field(&self, name: &str) -> Option<&Field<'m>> {
        self.which_may_be(name).iter().find(|field| field.is(name))
    }

    /// The fields that have one of these names, top first.
    pub fn fields_of<'s>(&'s self, names: &'s [&str]) -> impl Iterator<Item = &'s Field<'m>> {
        let fields = match names.iter().any(|name| self.names.may_hold(name)) {
            true => &self.fields[..],
            false => &[],
        };
        fields.iter().filter(|field| names.iter().any(|name| field.is(name)))
    }

    /// All fields where one of them may have this name, else none.
    #[inline]
    fn which_may_be(&self, name: &str) -> &[Field<'m>] {
        if self.names.may_hold(name) { &self.fields } else { &[] }
    }

    /// When it was written, by its first Date field.
    pub fn written(&self) -> Option<DateTime> {
        parse_date(self.field("Date")?.unfolded())
    }

    /// Whether a defect of this kind was found.
    pub fn has_defect(&self, kind: DefectKind) -> bool {
        self.defects.iter().any(|defect| defect.kind == kind)
    }

    /// Whether lines end in bare CR: no LF stands anywhere in the message.
    pub fn cr_only(&self) -> bool {
        self.line_endings.cr_only()
    }

    /// The body's bytes as stored; `None` for a message of headers only.
    pub fn body_bytes(&self) -> Option<&'m [u8]> {
        self.body.map(|span| &self.bytes[span.start..span.end])
    }

    /// The stored bytes of a span, lossily as text: what a quotation of evidence shows.
    pub fn quote(&self, span: Span) -> String {
        let start = span.start.min(self.bytes.len());
        let end = span.end.clamp(start, self.bytes.len());
        lossy(&self.bytes[start..end]).into_owned()
    }

    /// 1-based number of the stored line that holds the byte at `offset`.
    pub fn line_of(&self, offset: usize) -> usize {
        read::line_of(self.bytes, offset)
    }
}
