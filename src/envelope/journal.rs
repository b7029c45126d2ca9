//! The envelope part of a journal report of Exchange and Microsoft 365: `Key: value` lines in front of the message kept.

/// More recipients than this are not read.
const MAX_RECIPIENTS: usize = 1_000;

/// The recipients that the journal names: each line `To`, `Cc`, `Bcc` or `Recipient`, with what it was expanded or
/// forwarded from behind a comma. They are envelope recipients; its `Sender` is not said to be MAIL FROM, and is left out.
pub fn journal_recipients(text: &str) -> Vec<String> {
    let mut recipients = Vec::new();
    for line in text.lines() {
        let Some((key, value)) = line.split_once(':') else {
            continue;
        };
        let named = ["To", "Cc", "Bcc", "Recipient"]
            .iter()
            .any(|name| key.trim().eq_ignore_ascii_case(name));
        let address = value
            .split(',')
            .next()
            .unwrap_or_default()
            .trim()
            .trim_matches(['<', '>']);
        if named && address.contains('@') && !address.contains(char::is_whitespace) && recipients.len() < MAX_RECIPIENTS
        {
            recipients.push(address.to_owned());
        }
    }
    recipients
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipients_with_and_without_their_way() {
        let text = "Sender: ann@corp.example\r\nSubject: To: nobody@trick.example\r\nMessage-Id: <1@corp.example>\r\n\
            To: bob@corp.example\r\nCc: eva@corp.example, Expanded: team@corp.example\r\nRecipient: <x@other.example>\r\n\
            Bcc: not an address\r\n";
        assert_eq!(
            journal_recipients(text),
            ["bob@corp.example", "eva@corp.example", "x@other.example"]
        );
    }
}
