//! Outlook's .msg ([MS-OXMSG]): the properties of one item, in a compound file.

use std::io::{Cursor, Read};

use cfb::CompoundFile;
use encoding_rs::{Encoding, UTF_16LE};

use super::outlook::{self, Item};

type File<'b> = CompoundFile<Cursor<&'b [u8]>>;

/// The first bytes of a compound file.
pub(super) const MARK: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
/// A property is no longer than this; headers of a megabyte were never delivered.
const MAX_PROPERTY: u64 = 16 * 1024 * 1024;

/// The item of a .msg file.
struct Msg<'b> {
    file: File<'b>,
    /// Numbers and times, by property.
    fixed: Vec<(u16, u64)>,
}

/// The header of a .msg file, each line ended by CR LF.
///
/// Fails, in words, where it is no compound file, or holds an item of Outlook that is no message.
pub(super) fn rebuild(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let mut file = File::open(Cursor::new(bytes)).map_err(|error| format!("a damaged Outlook file: {error}"))?;
    let fixed = fixed_properties(&mut file);
    outlook::header(&mut Msg { file, fixed }).map_err(outlook::NoHeader::what)
}

impl Item for Msg<'_> {
    fn text(&mut self, id: u16, encoding: &'static Encoding) -> Option<String> {
        [("001F", UTF_16LE), ("001E", encoding)]
            .into_iter()
            .find_map(|(kind, encoding)| {
                let bytes = stream(&mut self.file, &format!("/__substg1.0_{id:04X}{kind}"))?;
                Some(encoding.decode_without_bom_handling(&bytes).0.into_owned())
            })
    }

    fn number(&self, id: u16) -> Option<u64> {
        self.fixed
            .iter()
            .find(|(found, _)| *found == id)
            .map(|(_, value)| *value)
    }
}

fn stream(file: &mut File<'_>, path: &str) -> Option<Vec<u8>> {
    let stream = file.open_stream(path).ok()?;
    let mut bytes = Vec::new();
    stream.take(MAX_PROPERTY).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// Numbers and times of the item: id and value. The stream has a head of 32 bytes and entries of 16 ([MS-OXMSG] 2.4).
fn fixed_properties(file: &mut File<'_>) -> Vec<(u16, u64)> {
    let bytes = stream(file, "/__properties_version1.0").unwrap_or_default();
    let entries = bytes.get(32..).unwrap_or_default().chunks_exact(16);
    let read = |entry: &[u8]| {
        let id = u16::from_le_bytes(entry.get(2..4)?.try_into().ok()?);
        let value = u64::from_le_bytes(entry.get(8..16)?.try_into().ok()?);
        // A number of 32 bits leaves the upper half to chance.
        let is_long = u16::from_le_bytes(entry.get(..2)?.try_into().ok()?) == 0x0003;
        Some((id, if is_long { value & 0xffff_ffff } else { value }))
    };
    entries.filter_map(read).collect()
}
