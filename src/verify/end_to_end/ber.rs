//! BER (X.690) as far as CMS needs it. Signers that stream write indefinite lengths, which a DER reader refuses.

/// Indefinite lengths inside one another.
const MAX_DEPTH: usize = 16;
/// Elements in one another's company: no honest SET of certificates or attributes is longer.
const MAX_CHILDREN: usize = 256;

/// Tags of the universal class, with the constructed bit where the type has it.
pub(super) const INTEGER: u8 = 0x02;
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// A context-specific constructed tag.
pub(super) const fn context(number: u8) -> u8 {
    0xA0 | number
}

/// One element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Element<'b> {
    pub(super) tag: u8,
    /// The content, without an end-of-contents mark.
    pub(super) content: &'b [u8],
    /// Tag, length and content as they stand.
    pub(super) whole: &'b [u8],
}

impl<'b> Element<'b> {
    /// The element that begins a text, and what follows it; `None` where none can be read, or its tag has several octets.
    pub(super) fn read(bytes: &'b [u8]) -> Option<(Self, &'b [u8])> {
        read(bytes, 0)
    }

    /// The elements inside, as far as they can be read.
    pub(super) fn children(self) -> impl Iterator<Item = Self> {
        let mut rest = self.content;
        std::iter::from_fn(move || {
            let (child, after) = Self::read(rest)?;
            rest = after;
            Some(child)
        })
        .take(MAX_CHILDREN)
    }

    /// The first element inside, when it has this tag.
    pub(super) fn only_child(self, tag: u8) -> Option<Self> {
        self.children().next().filter(|child| child.tag == tag)
    }
}

fn read(bytes: &[u8], depth: usize) -> Option<(Element<'_>, &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    if tag & 0x1F == 0x1F {
        return None;
    }
    let (&first, mut rest) = rest.split_first()?;
    let length = match first {
        0x80 => return read_indefinite(bytes, tag, rest, depth),
        0..0x80 => usize::from(first),
        _ => {
            let octets = usize::from(first & 0x7F);
            let (digits, after) = rest.split_at_checked(octets)?;
            rest = after;
            if octets > size_of::<u32>() {
                return None;
            }
            digits.iter().fold(0, |value, digit| value << 8 | usize::from(*digit))
        }
    };
    let (content, after) = rest.split_at_checked(length)?;
    let whole = bytes.get(..bytes.len() - after.len())?;
    Some((Element { tag, content, whole }, after))
}

/// X.690 8.1.3.6: elements up to two octets of zero.
fn read_indefinite<'b>(bytes: &'b [u8], tag: u8, inside: &'b [u8], depth: usize) -> Option<(Element<'b>, &'b [u8])> {
    if depth >= MAX_DEPTH {
        return None;
    }
    let mut rest = inside;
    loop {
        if let Some(after) = rest.strip_prefix(&[0, 0]) {
            let content = inside.get(..inside.len() - rest.len())?;
            let whole = bytes.get(..bytes.len() - after.len())?;
            return Some((Element { tag, content, whole }, after));
        }
        (_, rest) = read(rest, depth + 1)?;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn definite_and_indefinite_lengths_are_one_thing() {
        let definite = [0x30, 0x05, 0x02, 0x01, 0x07, 0x05, 0x00, 0xFF];
        let indefinite = [0x30, 0x80, 0x02, 0x01, 0x07, 0x05, 0x00, 0x00, 0x00, 0xFF];
        for bytes in [&definite[..], &indefinite[..]] {
            let (element, rest) = Element::read(bytes).expect("an element");
            assert_eq!(rest, [0xFF]);
            assert_eq!(element.whole.len(), bytes.len() - 1);
            let tags: Vec<u8> = element.children().map(|child| child.tag).collect();
            assert_eq!(tags, [INTEGER, 0x05]);
        }
    }

    #[test]
    fn what_is_cut_or_too_deep_is_no_element() {
        for bytes in [
            &[][..],
            &[0x30],
            &[0x30, 0x05, 0x02],
            &[0x30, 0x80, 0x02, 0x01],
            &[0x1F, 0x01, 0x00],
            &[0x30, 0x85, 0, 0, 0, 0, 1, 0],
        ] {
            assert_eq!(Element::read(bytes), None, "{bytes:?}");
        }
        assert_eq!(Element::read(&[0x30, 0x80].repeat(100_000)), None);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            if let Some((element, rest)) = Element::read(&bytes) {
                prop_assert_eq!(element.whole.len() + rest.len(), bytes.len());
                let _ = element.children().count();
            }
        }
    }
}
