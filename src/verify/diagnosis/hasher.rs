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
    /// Empty lines not hashed yet: at the end they do not count.
    blank: usize,
    /// Whether a line that is not empty was hashed.
    filled: bool,
    /// Bytes that l= still covers.
    left: usize,
    relaxed: Vec<u8>,
}

impl<'a> BodyHasher<'a> {
    pub(super) fn new(target: Target<'a>, work: &'a Work) -> Self {
        Self {
            target,
            work,
            context: target.hash.context(),
            blank: 0,
            filled: false,
            left: target.limit.unwrap_or(usize::MAX),
            relaxed: Vec::new(),
        }
    }

    /// Adds a line, given without its end.
    pub(super) fn line(&mut self, line: &[u8]) {
        let mut relaxed = std::mem::take(&mut self.relaxed);
        let line = match self.target.form {
            Canonicalization::Simple => line,
            Canonicalization::Relaxed => {
                relaxed.clear();
                relax_line(line, &mut relaxed);
                &relaxed
            }
        };
        if line.is_empty() {
            self.blank += 1;
        } else {
            for _ in 0..std::mem::take(&mut self.blank) {
                self.update(b"\r\n");
            }
            self.update(line);
            self.update(b"\r\n");
            self.filled = true;
        }
        self.relaxed = relaxed;
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
    pub(super) fn matches(&self) -> bool {
        if self.work.exhausted() {
            return false;
        }
        self.work.spend_hash();
        let mut context = self.context.clone();
        if !self.filled && self.target.form == Canonicalization::Simple {
            // RFC 6376 3.4.3: an empty body is one CR LF.
            context.update(b"\r\n");
        }
        context.finish().as_ref() == self.target.expected
    }

    fn update(&mut self, bytes: &[u8]) {
        let covered = bytes.get(..bytes.len().min(self.left)).unwrap_or_default();
        if self.target.limit.is_some() {
            self.left -= covered.len();
        }
        self.work.spend(covered.len());
        self.context.update(covered);
    }
}

/// The lines of a text with CR LF line ends, each without its end.
pub(super) fn split_lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(text).filter(|text| !text.is_empty());
    std::iter::from_fn(move || {
        let text = rest?;
        match memchr::memmem::find(text, b"\r\n") {
            Some(at) => {
                rest = text.get(at + 2..).filter(|more| !more.is_empty());
                text.get(..at)
            }
            None => {
                rest = None;
                Some(text)
            }
        }
    })
}
