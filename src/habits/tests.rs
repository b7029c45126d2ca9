#![allow(clippy::unwrap_used, reason = "a test may fail")]

use super::*;

const DAY: i64 = 24 * 3600;

fn traits(day: i64, network: &str, signer: &str, program: &str, zone: &str) -> Traits {
    let some = |value: &str| match value {
        "" => Vec::new(),
        value => vec![value.to_owned()],
    };
    Traits {
        at: Some(Timestamp(day * DAY)),
        address: "ann@bank.example".to_owned(),
        org: "bank.example".to_owned(),
        name: Some("ann teller".to_owned()),
        values: [some(network), some(signer), some(program), some(zone)],
        id: Some(id_of(&format!("{day}@bank.example"))),
        references: Vec::new(),
        recipients: vec!["shop.example".to_owned()],
    }
}

fn usual(day: i64) -> Traits {
    traits(day, "192.0.2.0/24", "bank.example", "mutt", "+0100")
}

fn learned(all: &[Traits]) -> Habits {
    let mut habits = Habits::default();
    all.iter().for_each(|traits| habits.learn(traits.clone()));
    habits.settled()
}

#[test]
fn everything_new_at_once_breaks_a_habit_and_one_thing_does_not() {
    let odd = traits(20, "198.51.100.0/24", "", "phpmailer", "-0500");
    let moved = traits(21, "203.0.113.0/24", "bank.example", "webmail", "+0100");
    let summer = traits(22, "198.51.101.0/24", "esp.example", "webmail", "+0200");
    let mut all: Vec<Traits> = (0..10).map(usual).collect();
    all.extend([odd.clone(), moved.clone(), summer.clone(), usual(23)]);
    let habits = learned(&all);
    let broken = habits.standing(&odd).broken.unwrap();
    assert_eq!(broken.changes.len(), 4);
    assert_eq!(
        broken.changes[1],
        (Trait::Signer, "none".to_owned(), "bank.example".to_owned())
    );
    assert_eq!(habits.standing(&moved).broken, None);
    assert_eq!(habits.standing(&summer).broken, None, "an hour is daylight saving");
    assert!(all[..10].iter().all(|usual| habits.standing(usual).broken.is_none()));
    assert_eq!(habits.standing(&odd).usually_signed, Some((13, 14)));
    // The second message of the same attack breaks it too, and the order of the mailbox does not matter.
    let second = traits(24, "198.51.100.0/24", "", "phpmailer", "-0500");
    all.insert(0, second.clone());
    all.reverse();
    let habits = learned(&all);
    assert!(habits.standing(&second).broken.is_some() && habits.standing(&odd).broken.is_some());
}

#[test]
fn a_sender_who_moves_for_good_breaks_nothing() {
    let new = |day| traits(day, "198.51.100.0/24", "esp.example", "webmail", "-0500");
    let before: Vec<Traits> = (0..10).map(usual).collect();
    let after: Vec<Traits> = (10..20).map(new).collect();
    let habits = learned(&[before.clone(), after.clone()].concat());
    assert!(after.iter().all(|traits| habits.standing(traits).broken.is_none()));
    // Where the old way goes on, both are used at once, and one of them is somebody else's.
    let habits = learned(&[before, after.clone(), vec![usual(25)]].concat());
    assert!(after.iter().all(|traits| habits.standing(traits).broken.is_some()));
}

#[test]
fn a_sender_is_known_after_some_time() {
    let odd = traits(20, "198.51.100.0/24", "", "phpmailer", "-0500");
    let four: Vec<Traits> = (0..4).map(usual).chain([odd.clone()]).collect();
    assert_eq!(learned(&four).standing(&odd).broken, None);
    let at_once: Vec<Traits> = std::iter::repeat_with(|| usual(20))
        .take(9)
        .chain([odd.clone()])
        .collect();
    assert_eq!(learned(&at_once).standing(&odd).broken, None);
}

#[test]
fn a_known_name_from_a_new_organisation() {
    let mut stranger = usual(20);
    stranger.address = "ann.teller@mail.example".to_owned();
    stranger.org = "mail.example".to_owned();
    let all: Vec<Traits> = (0..10).map(usual).chain([stranger.clone()]).collect();
    let habits = learned(&all);
    let contact = habits.standing(&stranger).first_contact.unwrap();
    assert_eq!((contact.known_as.as_str(), contact.messages), ("ann@bank.example", 10));
    assert!(
        all[..10]
            .iter()
            .all(|usual| habits.standing(usual).first_contact.is_none())
    );
    // The organisation wrote before, under other names.
    let mut colleague = stranger.clone();
    (colleague.name, colleague.at) = (Some("bob clerk".to_owned()), Some(Timestamp(DAY)));
    let habits = learned(&[all, vec![colleague]].concat());
    assert_eq!(habits.standing(&stranger).first_contact, None);
}

#[test]
fn answers_to_what_the_mailbox_should_hold() {
    let sent = |day| {
        let mut sent = usual(day);
        (sent.org, sent.address) = ("shop.example".to_owned(), "me@shop.example".to_owned());
        sent.id = Some(id_of(&format!("{day}@shop.example")));
        sent
    };
    let answer = |id: &str| Traits {
        references: vec![(id.to_owned(), "shop.example".to_owned())],
        ..usual(9)
    };
    let mailbox = |answered: i64| -> Vec<Traits> {
        let answers = (0..6).map(|day| match day < answered {
            true => answer(&format!("{day}@shop.example")),
            false => answer("elsewhere@shop.example"),
        });
        (0..6).map(sent).chain(answers).collect()
    };
    let unknown = answer("x@shop.example");
    let habits = learned(&mailbox(6));
    let expected = Some(("x@shop.example".to_owned(), 6));
    assert_eq!(habits.standing(&unknown).answers_unknown, expected);
    assert_eq!(habits.standing(&answer("3@shop.example")).answers_unknown, None);
    // Most of what is answered lies elsewhere: this may, too.
    assert_eq!(learned(&mailbox(3)).standing(&unknown).answers_unknown, None);
}

#[test]
fn what_is_kept_has_a_bound() {
    let mut habits = Habits::default();
    for number in 0..10_000 {
        let mut one = usual(1);
        one.address = format!("{number}@bank.example");
        one.values[Trait::Program as usize] = vec![format!("{number}{}", "x".repeat(4000))];
        habits.learn(one);
    }
    let values = habits.senders.values().flat_map(|sender| &sender.values);
    let programs = values.filter(|value| value.kind == Trait::Program).count();
    assert!((5_000..9_000).contains(&programs), "{programs}");
    // Of whom not all was kept nothing is said.
    let unknown = |sender: &Sender| sender.wide[Trait::Program as usize] && sender.of(Trait::Program).count() == 0;
    assert!(habits.senders.values().any(unknown));
}
