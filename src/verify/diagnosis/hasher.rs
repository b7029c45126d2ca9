//! A body hash that grows line by line and can be compared at every line: all footers of a body cost one pass.

use aws_lc_rs::digest;

use super::{
    super::dkim::canonical::Canonicalization, super::dkim::canonical::relax_line, super::dkim::crypto::Hash, Work,
};

/// What a body must hash to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'a> {
    pub(super) hash: Hash,
    /// bh=, decoded.
    pub(super) expected: &'a [u8],
    pub(super) form: Canonicalization,
    /// l=.
    pub(super) limit: Option<usize>,
}

/// The canonical body so far (RFC 6376 3.4.3, 3.4.4), hashed.
#[derive(Clone)]
pub(super) struct BodyHasher<'a> {
    target: Target<'a>,
    work: &'a Work,
    context: digest::Context,
    /// Canonical bytes that are not hashed yet: a line at a time would cost more than the hash itself.
    pending: Vec<u8>,
    /// Empty lines not hashed yet: at the end they do not count.
    blank: usize,
    /// Whether a line that is not empty was hashed.
    filled: bool,
    /// Bytes that l= still covers; without it more than there are.
    left: usize,
}

/// Bytes that are hashed at once.
const PIECE: usize = 1_024;

impl<'a> BodyHasher<'a> {
    pub(super) fn new(target: Target<'a>, work: &'a Work) -> Self {
        Self {
            target,
            work,
            context: target.hash.context(),
            pending: Vec::with_capacity(2 * PIECE),
            blank: 0,
            filled: false,
            left: target.limit.unwrap_or(usize::MAX),
        }
    }

    /// Adds a line, given without its end.
    pub(super) fn line(&mut self, line: &[u8]) {
        let is_blank = match self.target.form {
            Canonicalization::Simple => line.is_empty(),
            Canonicalization::Relaxed => line.iter().all(|byte| matches!(byte, b' ' | b'\t')),
        };
        if is_blank {
            self.blank += 1;
            return;
        }
        for _ in 0..std::mem::take(&mut self.blank) {
            self.end_line();
        }
        match self.target.form {
            Canonicalization::Simple => self.pending.extend_from_slice(line),
            Canonicalization::Relaxed => relax_line(line, &mut self.pending),
        }
        self.end_line();
        self.filled = true;
    }

    fn end_line(&mut self) {
        self.pending.extend_from_slice(b"\r\n");
        if self.pending.len() >= PIECE {
            self.hash_pending();
        }
    }

    fn hash_pending(&mut self) {
        self.pending.truncate(self.left);
        self.context.update(&self.pending);
        self.left -= self.pending.len();
        self.work.spend(self.pending.len());
        self.pending.clear();
    }

    /// Adds several lines.
    pub(super) fn lines<'l>(&mut self, lines: impl IntoIterator<Item = &'l [u8]>) {
        for line in lines {
            if self.work.exhausted() {
                return;
            }
            self.line(line);
        }
    }

    /// Whether the body so far has the hash that was signed.
    pub(super) fn matches(&mut self) -> bool {
        if self.work.exhausted() {
            return false;
        }
        // Hashed once, and not anew for each line that may be the last.
        self.hash_pending();
        self.work.spend_hash();
        let mut context = self.context.clone();
        if !self.filled && self.target.form == Canonicalization::Simple {
            // RFC 6376 3.4.3: an empty body is one CR LF.
            context.update(b"\r\n");
        }
        context.finish().as_ref() == self.target.expected
    }
}

/// The lines of a text with CR LF line ends, each without its end.
pub(super) fn split_lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(text).filter(|text| !text.is_empty());
    std::iter::from_fn(move || {
        let text = rest?;
        let mut ends = memchr::memchr_iter(b'\n', text);
        match ends.find(|end| text.get(..*end).is_some_and(|line| line.ends_with(b"\r"))) {
            Some(end) => {
                rest = text.get(end + 1..).filter(|more| !more.is_empty());
                text.get(..end - 1)
            }
            None => {
                rest = None;
                Some(text)
            }
        }
    })
}
