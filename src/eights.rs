//! Bytes looked at eight at a time, in one number.

/// A one in each of eight bytes: times a byte it is that byte eight times.
pub(crate) const EACH: u64 = u64::MAX / 255;

/// Whether `find` gives zero for eight bytes at a time, all through. The last eight overlap those before them, so that no byte is
/// looked at alone; of fewer than eight some are shown twice, in any place.
#[inline]
pub(crate) fn none(bytes: &[u8], find: impl Fn([u8; 8]) -> u64) -> bool {
    if let Some(last) = bytes.last_chunk::<8>() {
        let (eights, _) = bytes.as_chunks::<8>();
        return eights.iter().fold(find(*last), |found, eight| found | find(*eight)) == 0;
    }
    match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        (Some([a, b, c, d]), Some([e, f, g, h])) => find([*a, *b, *c, *d, *e, *f, *g, *h]) == 0,
        _ => bytes.iter().all(|byte| find([*byte; 8]) == 0),
    }
}
