//! The MIME tree (RFC 2045-2046), as far as flows and inner messages need it: types, parameters and spans.
//!
//! mail-parser reads the content types. The tree is walked here: its own nests a value per message/rfc822 without
//! a limit, so that a message of some ten thousand levels overflows the stack when it is dropped; and it decodes
//! every body, which nothing here needs.

use std::ops::Range;

use mail_parser::{HeaderValue, parsers::MessageStream};

use super::{Message, Span, Unfolded, read::line_at};

/// Parts that stand deeper are not read.
const MAX_DEPTH: usize = 16;
/// More parts than this are not read.
const MAX_PARTS: usize = 1_000;
/// More bytes of a part's header than this are not read.
const MAX_PART_HEADER: usize = 64 * 1024;

/// The parts of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mime {
    /// All parts, outer before inner, in order.
    pub parts: Vec<Part>,
    /// Whether parts were left unread: deeper than 16, or more than 1,000.
    pub limit_hit: bool,
}

/// One MIME part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// `type/subtype` in lower case.
    pub content_type: String,
    /// The parameters in order, names in lower case.
    pub parameters: Vec<(String, String)>,
    /// The content transfer encoding in lower case; `7bit` where none is stated (RFC 2045 6.1).
    pub encoding: String,
    /// The file name of `Content-Disposition` (RFC 2183 2.3).
    disposition_name: Option<String>,
    /// 0 for the message itself; one more inside each multipart and each attached message.
    pub depth: usize,
    /// The part's whole stored span, header included.
    pub span: Span,
    /// The part's content as stored.
    pub content: Span,
    /// For `message/rfc822`, `message/global` and `text/rfc822-headers`: `content` is the inner message as stored,
    /// after undoing no encoding.
    pub is_message: bool,
}

impl Part {
    /// The first parameter of this name (in lower case).
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The name of the file that the part was: of its disposition, else of its type.
    pub fn file_name(&self) -> Option<&str> {
        self.disposition_name.as_deref().or_else(|| self.parameter("name"))
    }

    /// Whether `content` can be read as it stands: no base64 or quoted-printable around it.
    pub fn is_identity_encoded(&self) -> bool {
        matches!(self.encoding.as_str(), "7bit" | "8bit" | "binary")
    }
}

impl Mime {
    /// Reads the tree; an empty one for a message without body.
    pub fn read(message: &Message<'_>) -> Self {
        let mut mime = Self::default();
        let (Some(body), Some(first)) = (message.body, message.fields.first()) else {
            return mime;
        };
        let text = |name| message.field(name).map(|field| field.text().to_owned());
        let root = Entity {
            content_type: text("Content-Type"),
            encoding: text("Content-Transfer-Encoding"),
            disposition: text("Content-Disposition"),
            start: first.span.start,
            content: body.start..body.end,
            depth: 0,
            default_type: "text/plain",
        };
        let walker = Walker {
            bytes: message.bytes,
            cr_only: message.cr_only(),
        };
        let mut waiting = vec![root];
        while let Some(entity) = waiting.pop() {
            if mime.parts.len() == MAX_PARTS {
                mime.limit_hit = true;
                break;
            }
            let part = entity.part();
            let mut inner = walker.inner(&part);
            if part.depth >= MAX_DEPTH && !inner.is_empty() {
                mime.limit_hit = true;
                inner.clear();
            }
            waiting.extend(inner.into_iter().rev());
            mime.parts.push(part);
        }
        mime
    }
}

/// A part before its type is read.
struct Entity {
    content_type: Option<String>,
    encoding: Option<String>,
    disposition: Option<String>,
    start: usize,
    content: Range<usize>,
    depth: usize,
    default_type: &'static str,
}

impl Entity {
    fn part(self) -> Part {
        let stated = self.content_type.as_deref().and_then(read_content_type);
        let (content_type, parameters) = stated.unwrap_or_else(|| (self.default_type.to_owned(), Vec::new()));
        let disposition = self.disposition.as_deref().and_then(read_content_type);
        let file_name = |(name, value): (String, String)| (name == "filename").then_some(value);
        let encoding = self.encoding.unwrap_or_default().trim().to_ascii_lowercase();
        Part {
            is_message: matches!(
                content_type.as_str(),
                "message/rfc822" | "message/global" | "text/rfc822-headers" | "message/global-headers"
            ),
            content_type,
            parameters,
            encoding: if encoding.is_empty() {
                "7bit".to_owned()
            } else {
                encoding
            },
            disposition_name: disposition.and_then(|(_, parameters)| parameters.into_iter().find_map(file_name)),
            depth: self.depth,
            span: Span {
                start: self.start,
                end: self.content.end,
            },
            content: Span {
                start: self.content.start,
                end: self.content.end,
            },
        }
    }
}

/// Type and parameters of a `Content-Type` or `Content-Disposition` value, on one line; `None` when it states no type.
fn read_content_type(value: &str) -> Option<(String, Vec<(String, String)>)> {
    let line = [value, "\n"].concat();
    let HeaderValue::ContentType(read) = MessageStream::new(line.as_bytes()).parse_content_type() else {
        return None;
    };
    let name = [read.ctype(), "/", read.subtype().unwrap_or_default()]
        .concat()
        .to_ascii_lowercase();
    let parameters = read.attributes().unwrap_or_default().iter();
    let parameters = parameters.map(|parameter| (parameter.name.to_ascii_lowercase(), parameter.value.to_string()));
    Some((name, parameters.collect()))
}

struct Walker<'m> {
    bytes: &'m [u8],
    cr_only: bool,
}

impl Walker<'_> {
    fn inner(&self, part: &Part) -> Vec<Entity> {
        let content = part.content.start..part.content.end;
        let depth = part.depth + 1;
        if part.content_type.starts_with("multipart/") {
            let Some(boundary) = part.parameter("boundary").filter(|boundary| !boundary.is_empty()) else {
                return Vec::new();
            };
            // RFC 2046 5.1.5: the parts of a digest are messages unless they say otherwise.
            let default_type = match part.content_type.as_str() {
                "multipart/digest" => "message/rfc822",
                _ => "text/plain",
            };
            let ranges = self.cut(content, boundary);
            return ranges
                .into_iter()
                .map(|range| self.entity(range, depth, default_type))
                .collect();
        }
        if part.is_message && part.content_type != "text/rfc822-headers" && part.is_identity_encoded() {
            return vec![self.entity(content, depth, "text/plain")];
        }
        Vec::new()
    }

    /// The parts between the delimiter lines of a multipart body (RFC 2046 5.1.1).
    fn cut(&self, content: Range<usize>, boundary: &str) -> Vec<Range<usize>> {
        let delimiter = [b"--", boundary.as_bytes()].concat();
        let bytes = &self.bytes[..content.end];
        let mut parts = Vec::new();
        let mut open: Option<usize> = None;
        // Where the line above ended, without its line end: that belongs to the delimiter.
        let mut above = content.start;
        let mut at = content.start;
        while at < content.end && parts.len() <= MAX_PARTS {
            let line = line_at(bytes, at, self.cr_only);
            if let Some(rest) = line.text(bytes).strip_prefix(&*delimiter) {
                let rest = rest.trim_ascii_end();
                if rest.is_empty() || rest == b"--" {
                    parts.extend(open.map(|start| start..above.max(start)));
                    open = rest.is_empty().then_some(line.next);
                    if open.is_none() {
                        break;
                    }
                }
            }
            above = line.end;
            at = line.next;
        }
        // A multipart without its closing delimiter was cut off: what is there counts.
        parts.extend(open.map(|start| start..content.end));
        parts
    }

    /// Reads a part's header.
    fn entity(&self, range: Range<usize>, depth: usize, default_type: &'static str) -> Entity {
        let bytes = &self.bytes[..range.end];
        let mut entity = Entity {
            content_type: None,
            encoding: None,
            disposition: None,
            start: range.start,
            content: range.end..range.end,
            depth,
            default_type,
        };
        let mut at = range.start;
        while at < range.end && at - range.start < MAX_PART_HEADER {
            let line = line_at(bytes, at, self.cr_only);
            if line.start == line.end {
                entity.content.start = line.next;
                break;
            }
            let mut end = line.end;
            at = line.next;
            while matches!(bytes.get(at), Some(b' ' | b'\t')) && end - range.start < MAX_PART_HEADER {
                let more = line_at(bytes, at, self.cr_only);
                (end, at) = (more.end, more.next);
            }
            let field = &bytes[line.start..end];
            let value = |name: &str| {
                let (found, rest) = field.split_at_checked(name.len())?;
                let value = rest.trim_ascii_start().strip_prefix(b":")?;
                found
                    .eq_ignore_ascii_case(name.as_bytes())
                    .then(|| Unfolded::with_line_ends(value, 0, self.cr_only).text)
            };
            entity.content_type = entity.content_type.or_else(|| value("Content-Type"));
            entity.encoding = entity.encoding.or_else(|| value("Content-Transfer-Encoding"));
            entity.disposition = entity.disposition.or_else(|| value("Content-Disposition"));
        }
        entity
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NESTED: &str = "From: a@b.example\nContent-Type: multipart/report;\n report-type=feedback-report; boundary=\"x\"\n\n\
        preamble\n--x\nContent-Type: text/plain\n\nhello\n--x\nContent-Type: message/rfc822\n\nFrom: c@d.example\n\
        Content-Type: multipart/mixed; boundary=y\n\n--y\n\ninner\n--y--\n\n--x--\nepilogue\n";

    fn outline(raw: &str) -> Vec<(usize, String, String)> {
        let message = Message::read(raw.as_bytes());
        let parts = Mime::read(&message).parts.into_iter();
        parts
            .map(|part| (part.depth, part.content_type, message.quote(part.content)))
            .collect()
    }

    #[test]
    fn reads_the_tree_with_spans_in_any_line_end() {
        for ends in ["\n", "\r\n", "\r"] {
            let raw = NESTED.replace('\n', ends);
            let outline = outline(&raw);
            let types: Vec<(usize, &str)> = outline.iter().map(|(depth, name, _)| (*depth, name.as_str())).collect();
            assert_eq!(
                types,
                [
                    (0, "multipart/report"),
                    (1, "text/plain"),
                    (1, "message/rfc822"),
                    (2, "multipart/mixed"),
                    (3, "text/plain"),
                ]
            );
            assert_eq!(outline[1].2, "hello");
            assert_eq!(outline[4].2, "inner");
            let message = Message::read(raw.as_bytes());
            let mime = Mime::read(&message);
            assert_eq!(mime.parts[0].parameter("report-type"), Some("feedback-report"));
            let attached = mime.attached(&message);
            assert_eq!(attached.len(), 1);
            assert!(message.quote(attached[0].span).starts_with("From: c@d.example"));
        }
    }

    #[test]
    fn depth_and_number_are_bounded() {
        let deep = "Content-Type: message/rfc822\n\n".repeat(50_000);
        let mime = Mime::read(&Message::read(deep.as_bytes()));
        assert!(mime.limit_hit && mime.parts.len() == MAX_DEPTH + 1);
        let wide = format!(
            "Content-Type: multipart/mixed; boundary=x\n\n{}",
            "--x\n\na\n".repeat(5_000)
        );
        let mime = Mime::read(&Message::read(wide.as_bytes()));
        assert!(mime.limit_hit && mime.parts.len() == MAX_PARTS);
    }

    #[test]
    fn a_message_without_body_has_no_parts() {
        assert_eq!(outline("From: a@b.example\n"), []);
        assert_eq!(outline("From: a@b.example\n\nx")[0].1, "text/plain");
    }
}
