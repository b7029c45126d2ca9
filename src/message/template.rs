//! A fingerprint of the program, or the kit, that made a message: what does not change from one message of it to the next.

use super::{Message, Mime};

/// Fields that the author's side writes; those of servers on the way differ from one delivery to the next.
const AUTHORS: [&str; 22] = [
    "From",
    "Sender",
    "Reply-To",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Content-Language",
    "X-Mailer",
    "User-Agent",
    "X-Priority",
    "Importance",
    "Organization",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Precedence",
];
/// Parts beyond these do not count.
const MAX_PARTS: usize = 64;

/// The fingerprint, in 16 hexadecimal digits: names of the author's fields as written and in order, the mail program, the types of the
/// parts, and the shapes of Message-ID and boundary.
pub fn template(message: &Message<'_>, mime: &Mime) -> String {
    let mut text = String::with_capacity(512);
    let mut add = |part: &str| {
        text.push_str(part);
        text.push('\n');
    };
    for field in message.fields_of(&AUTHORS) {
        add(&field.name());
    }
    for name in ["X-Mailer", "User-Agent"] {
        message.field(name).into_iter().for_each(|field| add(field.text()));
    }
    for part in mime.parts.iter().take(MAX_PARTS) {
        add(&[&*part.depth.to_string(), &part.content_type, &part.encoding].join(" "));
        part.parameter("boundary")
            .into_iter()
            .for_each(|boundary| add(&shape(boundary)));
    }
    message.field("Message-ID").into_iter().for_each(|field| {
        let local = field.text().split('@').next();
        add(&shape(local.unwrap_or_default()));
    });
    let mut digest = crate::source::sha256(text.as_bytes());
    digest.truncate(16);
    digest
}

/// A text with each run of letters and digits as one sign.
fn shape(text: &str) -> String {
    let mut shape: String = text
        .chars()
        .map(|c| if c.is_alphanumeric() { 'x' } else { c })
        .collect();
    shape.truncate(shape.floor_char_boundary(256));
    let mut last = '\0';
    shape.retain(|c| {
        let again = c == 'x' && last == 'x';
        last = c;
        !again
    });
    shape
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> String {
        let message = Message::read(text.as_bytes());
        template(&message, &Mime::read(&message))
    }

    #[test]
    fn values_do_not_matter_and_forms_do() {
        let one =
            of("Received: by a\nFrom: a@b.example\nSubject: 1\nMessage-Id: <12.ab-7@x>\nX-Mailer: kit 2\n\nhello\n");
        let same =
            of("From: c@d.example\nSubject: 2\nMessage-Id: <77.ffff-0@y>\nX-Mailer: kit 2\nReceived: by z\n\nbye\n");
        assert_eq!(one, same);
        assert_eq!(one.len(), 16);
        for other in [
            "From: c@d.example\nSubject: 2\nMessage-ID: <77.ffff-0@y>\nX-Mailer: kit 2\n\n",
            "Subject: 2\nFrom: c@d.example\nMessage-Id: <77.ffff-0@y>\nX-Mailer: kit 2\n\n",
            "From: c@d.example\nSubject: 2\nMessage-Id: <77.ffff@y>\nX-Mailer: kit 2\n\n",
            "From: c@d.example\nSubject: 2\nMessage-Id: <77.ffff-0@y>\nX-Mailer: kit 3\n\n",
        ] {
            assert_ne!(one, of(other));
        }
    }
}
