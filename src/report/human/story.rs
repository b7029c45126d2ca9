//! `--story`: the delivery told from its beginning, for a reader who has never seen SMTP.

use super::page::{Page, Tone, word};
use crate::{
    journey::{LegKind, Mark},
    report::{
        Report,
        model::{Speaker, StoryLeg, StoryLine},
    },
    trace::Zone,
};

pub(super) fn draw(page: &mut Page, report: &Report) {
    page.heading("HOW IT WAS SENT", "from the beginning, UTC");
    introduction(page);
    let mut trusted = false;
    for (number, leg) in report.story.legs.iter().rev().enumerate() {
        if leg.zone != Zone::Untrusted && !trusted {
            trusted = true;
            let text = if number == 0 {
                "nothing is told of the time before; from here on the receiving side wrote it down"
            } else {
                "all above is the sending side's word; from here on the receiving side wrote it down"
            };
            page.blank();
            page.hanging("  ---- ", "       ", text, Tone::Strong);
        }
        draw_leg(page, number + 1, leg);
    }
    if report.story.legs.is_empty() {
        page.wrapped(
            "  ",
            "no Received field tells of any transfer: how the message came in cannot be told",
        );
    }
    if !trusted && !report.story.legs.is_empty() {
        page.blank();
        page.hanging(
            "  ---- ",
            "       ",
            "no border was found: all of it is somebody's word, and nothing shows whose",
            Tone::Strong,
        );
    }
}

fn introduction(page: &mut Page) {
    page.wrapped(
        "",
        "Mail passes from server to server in short dialogues. C: is the side that sends, S: the side that receives, and \
         what stands behind | is the message itself, whose lines the sender writes as he likes. The first column tells how \
         each line is known:",
    );
    page.line("  =  recorded by a server that can be trusted");
    page.line("  ~  inferred: it must have been so");
    page.line("  ?  claimed by the sending side, and by nobody else");
}

fn draw_leg(page: &mut Page, number: usize, leg: &StoryLeg) {
    page.blank();
    let time = leg
        .at
        .as_ref()
        .map(|at| format!("  {}", word(at).replace('T', " ").replace('Z', "")))
        .unwrap_or_default();
    page.hanging(
        &format!("{number:>3}  "),
        "     ",
        &format!("{}{time}", leg.title),
        Tone::Strong,
    );
    // Steps inside one party need no dialogue.
    for line in &leg.lines {
        draw_line(page, line, leg.kind == LegKind::Internal);
    }
}

fn draw_line(page: &mut Page, line: &StoryLine, inside: bool) {
    let mark = match line.mark {
        Mark::Recorded => '=',
        Mark::Inferred => '~',
        Mark::Claimed => '?',
    };
    let lead = match line.speaker {
        Speaker::Client => "C: ",
        Speaker::Server => "S: ",
        Speaker::Message => " | ",
        Speaker::Note => "",
    };
    let place = match line.line.filter(|_| line.speaker != Speaker::Note && !inside) {
        Some(number) => format!("  (line {number})"),
        None => String::new(),
    };
    let tone = if line.lie { Tone::Bad } else { Tone::Plain };
    page.hanging(
        &format!("  {mark}  {lead}"),
        "          ",
        &format!("{}{place}", line.text),
        tone,
    );
    if line.lie && line.speaker == Speaker::Message {
        page.hanging("          ", "          ", "HERE SOMETHING UNTRUE WAS TOLD:", Tone::Bad);
    }
    if let Some(remark) = &line.remark {
        page.hanging("          ", "          ", remark, Tone::Faint);
    }
    if let Some(source) = &line.source
        && line.remark.as_ref() != Some(source)
    {
        page.hanging("          ", "          ", source, Tone::Faint);
    }
}
