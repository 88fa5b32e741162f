use super::*;
use crate::ticket::fixtures::{self, CHALLENGE, NOW_MS, NOW_S};
use crate::ticket::presentation::slot_at;
use crate::ticket::{
    BrokenRun, Issuer, KeyEntry, KeyId, KeyList, PhoneKey, Purpose, Root, SignedToken, SigningKey,
    SoftwareKey, to_sign,
};

/// The code that the passenger's phone shows now.
fn code(token: &Token) -> String {
    fixtures::shown(token, Freshness::Slot(slot_at(NOW_MS))).to_text()
}

fn refused(verdict: &Verdict) -> Option<&NotValid> {
    match verdict {
        Verdict::NotValid { reason, .. } => Some(reason),
        _ => None,
    }
}

fn unsure(verdict: &Verdict) -> Option<CannotTell> {
    match verdict {
        Verdict::CannotTell { reason, .. } => Some(*reason),
        _ => None,
    }
}

fn facts_of(verdict: &Verdict) -> Facts {
    match verdict {
        Verdict::Valid { facts, .. } | Verdict::CannotTell { facts, .. } => *facts,
        Verdict::NotValid { .. } => panic!("not valid: {verdict:?}"),
    }
}

#[test]
fn a_ticket_on_its_bus_is_valid() {
    let (keys, seen) = (fixtures::trusted_keys(), SeenSet::default());
    let check = fixtures::check(&keys, &seen);
    for token in [fixtures::token(), fixtures::longest_token()] {
        let facts = Facts { keys_age_s: Some(86_400), ..Facts::default() };
        let check = Check { vehicle: Some(&token.vehicle), ..check };
        assert_eq!(
            inspect(&code(&token), &check),
            Verdict::Valid { paid: Paid::Ticket(token.clone()), facts }
        );
    }
}

#[test]
fn a_code_is_good_for_45_seconds_either_way_to_the_millisecond() {
    let (keys, seen) = (fixtures::trusted_keys(), SeenSet::default());
    let bought_s = NOW_S - 3_600;
    let token = Token { issued_s: bought_s, not_before_s: bought_s, ..fixtures::token() };
    // Every slot of five minutes around this moment.
    for slot in slot_at(NOW_MS) - 10..=slot_at(NOW_MS) + 10 {
        let text = fixtures::shown(&token, Freshness::Slot(slot)).to_text();
        let begins_ms = i64::from(slot) * SLOT_MS;
        let at = |now_ms| inspect(&text, &Check { now_ms: Some(now_ms), ..fixtures::check(&keys, &seen) });
        let age_ms = NOW_MS - begins_ms;
        match age_ms.abs() <= 45_000 {
            true => assert_eq!(at(NOW_MS).code(), "valid", "{age_ms} ms"),
            false => {
                let reason = NotValid::WrongSlot { age_s: age_ms / 1_000 };
                assert_eq!(refused(&at(NOW_MS)), Some(&reason));
            }
        }
        for edge in [begins_ms - 45_000, begins_ms, begins_ms + 14_999, begins_ms + 45_000] {
            assert_eq!(at(edge).code(), "valid");
        }
        assert_eq!(refused(&at(begins_ms - 45_001)), Some(&NotValid::WrongSlot { age_s: -46 }));
        assert_eq!(refused(&at(begins_ms + 45_001)), Some(&NotValid::WrongSlot { age_s: 45 }));
    }
}

#[test]
fn a_code_ages_past_its_45_seconds_and_stays_so() {
    let (keys, seen) = (fixtures::trusted_keys(), SeenSet::default());
    let bought_s = NOW_S - 3_600;
    let token = Token { issued_s: bought_s, not_before_s: bought_s, ..fixtures::token() };
    let text = code(&token);
    for age_ms in (-180_000..=180_000).step_by(500) {
        let now_ms = Some(NOW_MS + age_ms);
        let verdict = inspect(&text, &Check { now_ms, ..fixtures::check(&keys, &seen) });
        let fresh = (-45_000..=45_000).contains(&age_ms);
        assert_eq!(verdict.code(), if fresh { "valid" } else { "not_valid" }, "{age_ms} ms");
    }
}

#[test]
fn a_ticket_is_valid_from_its_first_to_its_last_second_give_or_take_the_clocks() {
    let (keys, seen) = (fixtures::trusted_keys(), SeenSet::default());
    let token = fixtures::token();
    let at = |now_ms: i64| {
        let text = fixtures::shown(&token, Freshness::Slot(slot_at(now_ms))).to_text();
        inspect(&text, &Check { now_ms: Some(now_ms), ..fixtures::check(&keys, &seen) })
    };
    let (first, last) = (token.not_before_s * 1_000, token.expires_s * 1_000);
    for moment in [first - 45_000, first, last, last + 45_000] {
        assert_eq!(at(moment).code(), "valid");
    }
    let early = at(first - 45_001);
    assert_eq!(refused(&early), Some(&NotValid::NotYetValid { from_s: token.not_before_s }));
    assert_eq!(refused(&at(last + 45_001)), Some(&NotValid::Ended { at_s: token.expires_s }));
}

#[test]
fn a_ticket_for_another_bus_names_it() {
    let (keys, seen) = (fixtures::trusted_keys(), SeenSet::default());
    let elsewhere = Check { vehicle: Some("0548"), ..fixtures::check(&keys, &seen) };
    let reason = NotValid::WrongVehicle { vehicle: "0547".to_owned() };
    assert_eq!(refused(&inspect(&code(&fixtures::token()), &elsewhere)), Some(&reason));
    let nowhere = Check { vehicle: None, ..elsewhere };
    assert_eq!(inspect(&code(&fixtures::token()), &nowhere).code(), "valid");
}

#[test]
fn the_status_list_takes_back_replaces_and_continues() {
    let (keys, seen) = (fixtures::trusted_keys(), SeenSet::default());
    let token = fixtures::token();
    let empty = StatusList {
        issuer: fixtures::issuer(),
        number: 1,
        issued_s: NOW_S - 600,
        revoked: vec![],
        replaced: vec![],
        broken: vec![],
    };
    let with = |status: &StatusList, vehicle| {
        let check = Check { status: Some(status), vehicle: Some(vehicle), ..fixtures::check(&keys, &seen) };
        inspect(&code(&token), &check)
    };
    assert_eq!(facts_of(&with(&empty, "0547")).status_age_s, Some(600));
    let revoked = StatusList { revoked: vec![token.id.index()], ..empty.clone() };
    assert_eq!(refused(&with(&revoked, "0547")), Some(&NotValid::Revoked));
    let replaced = StatusList { replaced: vec![token.id.index()], ..empty.clone() };
    assert_eq!(refused(&with(&replaced, "0547")), Some(&NotValid::Replaced));
    let broken = |run, next: &[&str]| {
        let next = next.iter().map(|next| (*next).to_owned()).collect();
        let run = BrokenRun { vehicle: token.vehicle.clone(), run, next };
        StatusList { broken: vec![run], ..empty.clone() }
    };
    assert!(facts_of(&with(&broken(token.run, &[]), "0548")).continued);
    assert!(!facts_of(&with(&broken(token.run, &[]), "0547")).continued);
    let next = broken(token.run, &["0548", "0549"]);
    assert!(facts_of(&with(&next, "0548")).continued && facts_of(&with(&next, "0549")).continued);
    let wrong = NotValid::WrongVehicle { vehicle: token.vehicle.clone() };
    assert_eq!(refused(&with(&next, "0550")), Some(&wrong), "another bus than the line's next ones");
    let other_run = broken(token.run + 1, &[]);
    assert_eq!(with(&other_run, "0548").code(), "not_valid");
    // Indexes are the operator's own.
    let elsewhere = StatusList { issuer: Issuer::new("ALA").expect("a code"), ..revoked };
    assert_eq!(facts_of(&with(&elsewhere, "0547")).status_age_s, None);
}

#[test]
fn a_ticket_is_shown_once_in_a_check() {
    let keys = fixtures::trusted_keys();
    let mut seen = SeenSet::default();
    let token = fixtures::token();
    assert_eq!(inspect(&code(&token), &fixtures::check(&keys, &seen)).code(), "valid");
    seen.add(&Paid::Ticket(token.clone()), NOW_MS - 5_000);
    seen.add(&Paid::Ticket(token.clone()), NOW_MS);
    let reason = NotValid::SeenBefore { at_ms: NOW_MS - 5_000 };
    assert_eq!(refused(&inspect(&code(&token), &fixtures::check(&keys, &seen))), Some(&reason));
    // Sent to another phone and shown there as well: two people on one fare.
    let sent = Token { id: TicketId::new(9, [9; 4]), replaces: Some(token.id), ..fixtures::token() };
    assert_eq!(refused(&inspect(&code(&sent), &fixtures::check(&keys, &seen))), Some(&reason));
    let mut seen = SeenSet::default();
    seen.add(&Paid::Ticket(sent), NOW_MS);
    assert_eq!(refused(&inspect(&code(&token), &fixtures::check(&keys, &seen))), Some(&NotValid::Replaced));
    let other = Token { id: TicketId::new(1_235, *b"abcd"), ..fixtures::token() };
    assert_eq!(inspect(&code(&other), &fixtures::check(&keys, &seen)).code(), "valid");
}

#[test]
fn without_the_time_nothing_is_valid_and_what_is_wrong_is_still_wrong() {
    let (keys, seen) = (fixtures::trusted_keys(), SeenSet::default());
    let blind = Check { now_ms: None, ..fixtures::check(&keys, &seen) };
    let verdict = inspect(&code(&fixtures::token()), &blind);
    assert_eq!(unsure(&verdict), Some(CannotTell::TimeUnknown));
    assert_eq!(facts_of(&verdict).keys_age_s, None);
    // A challenge proves the phone, not the ticket's time.
    let answer = fixtures::shown(&fixtures::token(), Freshness::Challenge(CHALLENGE)).to_text();
    let asked = Check { challenge: Some(CHALLENGE), ..blind };
    assert_eq!(unsure(&inspect(&answer, &asked)), Some(CannotTell::TimeUnknown));
    let elsewhere = Check { vehicle: Some("0548"), ..blind };
    assert_eq!(inspect(&code(&fixtures::token()), &elsewhere).code(), "not_valid");
}

#[test]
fn a_challenge_is_answered_by_the_phone_that_was_asked() {
    let (keys, seen) = (fixtures::trusted_keys(), SeenSet::default());
    let plain = fixtures::check(&keys, &seen);
    let asked = Check { challenge: Some(CHALLENGE), ..plain };
    let answer = fixtures::shown(&fixtures::token(), Freshness::Challenge(CHALLENGE)).to_text();
    let verdict = inspect(&answer, &asked);
    assert_eq!(verdict.code(), "valid");
    assert!(facts_of(&verdict).answered_challenge);
    let wrong = Some(&NotValid::WrongChallenge);
    assert_eq!(refused(&inspect(&answer, &plain)), wrong, "an answer to somebody else");
    assert_eq!(refused(&inspect(&code(&fixtures::token()), &asked)), wrong, "a slot is no answer");
    let other = Check { challenge: Some(*b"another!"), ..plain };
    assert_eq!(refused(&inspect(&answer, &other)), wrong);
    let alike = Check { challenge: Some(*b"insp\0\0\0\0"), ..plain };
    assert_eq!(refused(&inspect(&answer, &alike)), Some(&NotValid::BadSignature), "it only begins alike");
}

#[test]
fn a_copied_ticket_is_not_proven_and_a_stolen_one_not_signed() {
    let (keys, seen) = (fixtures::trusted_keys(), SeenSet::default());
    let check = fixtures::check(&keys, &seen);
    let ticket = fixtures::signed(&fixtures::token());
    let copied = inspect(&Presentation::unsigned(&ticket).to_text(), &check);
    assert_eq!(unsure(&copied), Some(CannotTell::DeviceNotProven));
    // Without the phone's key at all: on paper, or where there is no key store.
    let paper = fixtures::signed(&Token { phone: None, ..fixtures::token() });
    let paper = inspect(&Presentation::unsigned(&paper).to_text(), &check);
    assert_eq!(unsure(&paper), Some(CannotTell::DeviceNotProven));
    assert!(!facts_of(&paper).unattested);
    // A thief binds the code to a key of their own: they would have to sign as the operator.
    let thief = SoftwareKey::from_seed([9; 32]);
    let bound = PhoneKey { point: thief.public_key(), attested: true };
    let stolen = Token { phone: Some(bound), ..fixtures::token() };
    let forger = SigningKey::from_seed(stolen.key, Purpose::Ticket, &[9; 32]);
    let forged = SignedToken::sign(&stolen, &forger).expect("signed");
    let now = Freshness::Slot(slot_at(NOW_MS));
    let shown =
        Presentation::assemble(&forged, now, &thief.sign(&to_sign(&forged, now))).expect("its own key");
    assert_eq!(refused(&inspect(&shown.to_text(), &check)), Some(&NotValid::BadSignature));
}

#[test]
fn one_phone_s_signature_is_for_one_ticket() {
    let (keys, seen) = (fixtures::trusted_keys(), SeenSet::default());
    let now = Freshness::Slot(slot_at(NOW_MS));
    let of = |token: &Token| fixtures::shown(token, now).to_bytes();
    let other = Token { id: TicketId::new(2, *b"abcd"), ..fixtures::token() };
    let (one, two) = (of(&fixtures::token()), of(&other));
    assert_eq!(one.len(), two.len());
    // The phone's signature is what a presentation ends with.
    let end = one.len() - 64;
    let mixed = Presentation::from_bytes(&[&one[..end], &two[end..]].concat()).expect("well formed");
    let verdict = inspect(&mixed.to_text(), &fixtures::check(&keys, &seen));
    assert_eq!(refused(&verdict), Some(&NotValid::BadSignature));
}

#[test]
fn facts_are_told_and_refuse_nothing() {
    let (keys, seen) = (fixtures::trusted_keys(), SeenSet::default());
    let token = fixtures::token();
    let bought_ms = token.issued_s * 1_000;
    let began = |began_ms| {
        let check = Check { began_ms: Some(began_ms), ..fixtures::check(&keys, &seen) };
        facts_of(&inspect(&code(&token), &check)).bought_after_check_began
    };
    assert!(began(bought_ms - 1));
    assert!(!began(bought_ms), "in the same moment is not after");
    let phone = token.phone.map(|phone| PhoneKey { attested: false, ..phone });
    let unattested = Token { phone, ..token.clone() };
    assert!(facts_of(&inspect(&code(&unattested), &fixtures::check(&keys, &seen))).unattested);
}

#[test]
fn keys_past_their_time_cannot_tell_and_unknown_ones_are_refused() {
    let seen = SeenSet::default();
    let accept = |until_s, keys: Vec<KeyEntry>| {
        let list = KeyList { until_s, keys, ..fixtures::key_list() };
        let bytes = list.sign(&fixtures::signing_key(Purpose::Root)).expect("a list");
        TrustedKeys::accept(&bytes, &fixtures::root(), 0, None).expect("accepted")
    };
    let all = fixtures::key_list().keys;
    let old = accept(NOW_S - 1, all.clone());
    let verdict = inspect(&code(&fixtures::token()), &fixtures::check(&old, &seen));
    assert_eq!(unsure(&verdict), Some(CannotTell::KeysTooOld));
    let old_without = accept(NOW_S - 1, all[1..].to_vec());
    let verdict = inspect(&code(&fixtures::token()), &fixtures::check(&old_without, &seen));
    assert_eq!(unsure(&verdict), Some(CannotTell::KeysTooOld), "there may be a new key");
    let withdrawn = accept(NOW_S, all[1..].to_vec());
    let verdict = inspect(&code(&fixtures::token()), &fixtures::check(&withdrawn, &seen));
    assert_eq!(refused(&verdict), Some(&NotValid::UnknownKey));
    // The receipt key's number in front of a ticket.
    let key = KeyId { number: Purpose::Receipt as u8, ..fixtures::token().key };
    let misused = SigningKey::from_seed(key, Purpose::Ticket, &fixtures::seed("Receipt"));
    let misused = SignedToken::sign(&Token { key, ..fixtures::token() }, &misused).expect("signed");
    let keys = fixtures::trusted_keys();
    let verdict = inspect(&Presentation::unsigned(&misused).to_text(), &fixtures::check(&keys, &seen));
    assert_eq!(refused(&verdict), Some(&NotValid::UnknownKey));
}

#[test]
fn another_operator_s_ticket_is_under_an_unknown_key() {
    let seen = SeenSet::default();
    let issuer = Issuer::new("ALA").expect("a code");
    let root = SigningKey::from_seed(KeyId { issuer, number: 0 }, Purpose::Root, &[3; 32]);
    let bytes = fixtures::key_list().sign(&root).expect("a list");
    let root = Root { issuer, public_key: root.public_key() };
    let keys = TrustedKeys::accept(&bytes, &root, 0, None).expect("accepted");
    let verdict = inspect(&code(&fixtures::token()), &fixtures::check(&keys, &seen));
    assert_eq!(refused(&verdict), Some(&NotValid::UnknownKey));
}

#[test]
fn no_moment_overflows() {
    let (keys, seen) = (fixtures::trusted_keys(), SeenSet::default());
    for now_ms in [i64::MIN, -1, 0, i64::MAX] {
        for began_ms in [i64::MIN, i64::MAX] {
            let (now_ms, began_ms) = (Some(now_ms), Some(began_ms));
            let check = Check { now_ms, began_ms, ..fixtures::check(&keys, &seen) };
            assert_ne!(inspect(&code(&fixtures::token()), &check).code(), "valid");
        }
    }
}

/// A day's terminals.
fn terminals() -> TerminalKey {
    TerminalKey::new([7; 32])
}

/// The second ride, begun in the slot before this one by the terminal's word.
fn boarded() -> Use {
    let slot = slot_at(NOW_MS) - 1;
    let word = Some(terminals().word("0547", slot));
    Use { boarded_s: i64::from(slot) * 15, terminal: word, ..fixtures::used() }
}

fn in_use(voucher: &Voucher, used: &Use) -> String {
    fixtures::used_and_shown(voucher, used, Freshness::Slot(slot_at(NOW_MS))).to_text()
}

#[test]
fn a_voucher_in_use_is_valid_on_its_bus_and_says_whose_clock_it_goes_by() {
    let (keys, seen, terminals) = (fixtures::trusted_keys(), SeenSet::default(), terminals());
    let blind = fixtures::check(&keys, &seen);
    let check = Check { terminals: Some(&terminals), ..blind };
    let text = in_use(&fixtures::voucher(), &boarded());
    let verdict = inspect(&text, &check);
    let facts = Facts { keys_age_s: Some(86_400), ..Facts::default() };
    let paid = Paid::Voucher(fixtures::voucher(), boarded());
    assert_eq!(verdict, Verdict::Valid { paid: paid.clone(), facts });
    assert_eq!((paid.vehicle(), paid.line(), paid.counter()), ("0547", None, Some(2)));
    assert!(facts_of(&inspect(&text, &blind)).time_by_phone, "nobody here knows the terminal's key");
    let by_phone = in_use(&fixtures::voucher(), &fixtures::used());
    assert!(facts_of(&inspect(&by_phone, &check)).time_by_phone);
    // Another bus's word, and one of another moment.
    for used in [
        Use { terminal: Some(terminals.word("0548", slot_at(NOW_MS) - 1)), ..boarded() },
        Use { boarded_s: boarded().boarded_s - 15, ..boarded() },
        Use { boarded_s: boarded().boarded_s + 1, ..boarded() },
    ] {
        let verdict = inspect(&in_use(&fixtures::voucher(), &used), &check);
        assert_eq!(refused(&verdict), Some(&NotValid::WrongTerminal), "{used:?}");
    }
}

#[test]
fn a_voucher_holds_for_its_rides_in_its_time_and_on_its_bus() {
    let (keys, seen) = (fixtures::trusted_keys(), SeenSet::default());
    let check = fixtures::check(&keys, &seen);
    let voucher = fixtures::voucher();
    let why = |voucher: &Voucher, used: &Use| match inspect(&in_use(voucher, used), &check) {
        Verdict::NotValid { reason, .. } => Some(reason),
        _ => None,
    };
    let at = |boarded_s| Use { boarded_s, ..fixtures::used() };
    assert_eq!(
        why(&voucher, &Use { counter: 3, ..fixtures::used() }),
        Some(NotValid::NoRideLeft { rides: 2 })
    );
    let issued_s = NOW_S - 300;
    let new = Voucher { issued_s, ..voucher.clone() };
    assert_eq!(why(&new, &at(issued_s - 45)), None, "clocks may differ");
    assert_eq!(why(&new, &at(issued_s - 46)), Some(NotValid::NotYetValid { from_s: issued_s }));
    let over = Voucher { until_s: NOW_S - 60, ..voucher.clone() };
    assert_eq!(why(&over, &at(NOW_S - 60)), None, "begun in the last second");
    assert_eq!(why(&over, &at(NOW_S - 59)), Some(NotValid::Ended { at_s: NOW_S - 60 }));
    assert_eq!(why(&voucher, &at(NOW_S + 45)), None);
    assert_eq!(why(&voucher, &at(NOW_S + 46)), Some(NotValid::BoardsLater { at_s: NOW_S + 46 }));
    let old = Voucher { issued_s: NOW_S - 90_000, ..voucher.clone() };
    let began_s = NOW_S - old.life_s - 45;
    assert_eq!(why(&old, &at(began_s)), None);
    assert_eq!(why(&old, &at(began_s - 1)), Some(NotValid::Ended { at_s: NOW_S - 46 }));
    let short = Voucher { end: EndRule::Minutes(30), ..old.clone() };
    assert_eq!(why(&short, &at(NOW_S - 1_845)), None);
    assert_eq!(why(&short, &at(NOW_S - 1_846)), Some(NotValid::Ended { at_s: NOW_S - 46 }));
    let elsewhere = Use { vehicle: "0548".to_owned(), ..fixtures::used() };
    let reason = NotValid::WrongVehicle { vehicle: "0548".to_owned() };
    assert_eq!(why(&voucher, &elsewhere), Some(reason));
}

#[test]
fn lists_challenges_and_what_was_seen_hold_for_vouchers_too() {
    let (keys, mut seen) = (fixtures::trusted_keys(), SeenSet::default());
    let voucher = fixtures::voucher();
    let first = Use { counter: 1, ..fixtures::used() };
    let list = StatusList {
        issuer: fixtures::issuer(),
        number: 1,
        issued_s: NOW_S - 600,
        revoked: vec![],
        replaced: vec![],
        broken: vec![BrokenRun { vehicle: "0548".to_owned(), run: 3, next: vec!["0547".to_owned()] }],
    };
    let with = |status: &StatusList, used: &Use| {
        inspect(&in_use(&voucher, used), &Check { status: Some(status), ..fixtures::check(&keys, &seen) })
    };
    let index = voucher.id.index();
    let revoked = StatusList { revoked: vec![index], ..list.clone() };
    assert_eq!(refused(&with(&revoked, &first)), Some(&NotValid::Revoked));
    let replaced = StatusList { replaced: vec![index], ..list.clone() };
    assert_eq!(refused(&with(&replaced, &first)), Some(&NotValid::Replaced));
    let broken = Use { vehicle: "0548".to_owned(), ..first.clone() };
    assert!(facts_of(&with(&list, &broken)).continued, "the bus that broke down");
    let other = BrokenRun { next: vec!["0549".to_owned()], ..list.broken[0].clone() };
    let other = StatusList { broken: vec![other], ..list.clone() };
    let wrong = NotValid::WrongVehicle { vehicle: "0548".to_owned() };
    assert_eq!(refused(&with(&other, &broken)), Some(&wrong), "its passengers take another bus");
    let challenge = Freshness::Challenge(CHALLENGE);
    let answer = fixtures::used_and_shown(&voucher, &first, challenge).to_text();
    let asked = Check { challenge: Some(CHALLENGE), ..fixtures::check(&keys, &seen) };
    assert!(facts_of(&inspect(&answer, &asked)).answered_challenge);
    assert_eq!(refused(&inspect(&in_use(&voucher, &first), &asked)), Some(&NotValid::WrongChallenge));
    let stale = Freshness::Slot(slot_at(NOW_MS) - 4);
    let picture = fixtures::used_and_shown(&voucher, &first, stale).to_text();
    let verdict = inspect(&picture, &fixtures::check(&keys, &seen));
    assert_eq!(refused(&verdict), Some(&NotValid::WrongSlot { age_s: 60 }));
    let began = Check { began_ms: Some(first.boarded_s * 1_000 - 1), ..fixtures::check(&keys, &seen) };
    assert!(facts_of(&inspect(&in_use(&voucher, &first), &began)).bought_after_check_began);
    // Each ride once, and each of them.
    seen.add(&Paid::Voucher(voucher.clone(), first.clone()), NOW_MS - 5_000);
    let check = fixtures::check(&keys, &seen);
    let again = inspect(&in_use(&voucher, &first), &check);
    assert_eq!(refused(&again), Some(&NotValid::SeenBefore { at_ms: NOW_MS - 5_000 }));
    assert_eq!(inspect(&in_use(&voucher, &fixtures::used()), &check).code(), "valid");
    let sent = Voucher { id: TicketId::new(9, [9; 4]), replaces: Some(voucher.id), ..voucher.clone() };
    assert_eq!(inspect(&in_use(&sent, &first), &check).code(), "not_valid", "moved to another phone");
}
