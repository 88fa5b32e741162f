use super::*;
use jol_core::operator::wire::Base64;

const NOW: i64 = 1_789_549_200_000;
const LIFE_MS: i64 = 90 * 60_000;

fn voucher() -> HeldVoucher {
    HeldVoucher::new(3, LIFE_MS, NOW + WAIT_MS)
}

type Step<'a> = (i64, &'a dyn Fn(&HeldVoucher, i64) -> Decision);

/// Lives through steps, and tells what moved and whether it was abuse.
fn live(steps: &[Step<'_>]) -> (HeldVoucher, Vec<Move>, bool) {
    steps.iter().fold((voucher(), vec![], false), |(held, moves, abused), (at_ms, step)| {
        let decision = step(&held, NOW + at_ms);
        (decision.held, [moves, decision.moves].concat(), abused || decision.abused)
    })
}

fn reports(
    counter: u8,
    vehicle: &'static str,
    paid_otherwise: bool,
) -> impl Fn(&HeldVoucher, i64) -> Decision {
    let reported = Reported { boarded_ms: NOW, paid_otherwise };
    move |held, now_ms| report(held, counter, vehicle, reported, now_ms)
}

fn sees(counter: u8, vehicle: &'static str) -> impl Fn(&HeldVoucher, i64) -> Decision {
    sees_at(counter, vehicle, 0)
}

/// At so many ms after the ride of the report began.
fn sees_at(counter: u8, vehicle: &'static str, at_ms: i64) -> impl Fn(&HeldVoucher, i64) -> Decision {
    move |held, now_ms| inspect(held, counter, vehicle, NOW + at_ms, now_ms)
}

fn gives_back(used: u8, by_own_phone: bool) -> impl Fn(&HeldVoucher, i64) -> Decision {
    move |held, now_ms| give_back(held, used, by_own_phone, now_ms)
}

#[test]
fn a_ride_that_is_told_of_is_the_fare_once_however_often_it_is_told_and_seen() {
    let (held, moves, abused) = live(&[
        (0, &reports(1, "547", false)),
        (5, &reports(1, "547", false)),
        (6, &sees(1, "547")),
        (WAIT_MS * 3, &advance),
    ]);
    assert_eq!((moves, abused), (vec![Move::Charge], false));
    assert_eq!(
        [1, 2].map(|counter| held.state_of(counter)),
        [OfflineRideState::Settled, OfflineRideState::Open]
    );
    assert_eq!((held.open_rides(), held.due_ms()), (2, None));
}

#[test]
fn a_report_that_comes_again_is_answered_as_before() {
    let again = |held: &HeldVoucher, boarded_ms, by_own| told_again(held, 1, "547", boarded_ms, by_own);
    let (held, ..) = live(&[(0, &reports(1, "547", false))]);
    assert_eq!(again(&held, NOW, true), ToldAgain::Settled);
    assert_eq!(again(&held, NOW, false), ToldAgain::ByAnother, "under another key");
    assert_eq!(again(&held, NOW + 1_000, true), ToldAgain::ByAnother, "another moment");
    assert_eq!(told_again(&held, 1, "548", NOW, true), ToldAgain::ByAnother);
    let (held, ..) = live(&[(0, &reports(1, "547", true))]);
    assert_eq!([true, false].map(|own| again(&held, NOW, own)), [ToldAgain::PaidOtherwise; 2]);
    let (held, ..) = live(&[(0, &reports(1, "547", false)), (1, &reports(1, "548", false))]);
    assert_eq!(again(&held, NOW, true), ToldAgain::Misused);
}

#[test]
fn a_ride_that_was_paid_in_another_way_costs_nothing() {
    let (held, moves, abused) = live(&[(0, &sees(1, "547")), (5, &reports(1, "547", true))]);
    assert_eq!((moves, abused), (vec![Move::GoBack], false));
    assert_eq!(held.state_of(1), OfflineRideState::PaidOtherwise);
    // Told too late: what was charged goes back, and offline rides have ended.
    let (_, moves, abused) = live(&[(0, &sees(1, "547")), (WAIT_MS, &reports(1, "547", true))]);
    assert_eq!((moves, abused), (vec![Move::Charge, Move::Refund], true));
}

#[test]
fn two_vehicles_for_one_ride_are_two_fares_in_any_order() {
    let (first, second, told) = (sees(1, "547"), sees(1, "548"), reports(1, "547", false));
    for order in
        [[&first as &dyn Fn(&HeldVoucher, i64) -> Decision, &second, &told], [&told, &second, &first]]
    {
        let (held, moves, abused) = live(&[(0, order[0]), (1, order[1]), (2, order[2])]);
        assert_eq!((moves, abused), (vec![Move::Charge, Move::Owe], true));
        assert_eq!(held.state_of(1), OfflineRideState::Charged);
    }
}

#[test]
fn one_ride_on_two_days_of_one_vehicle_is_two_fares_in_any_order() {
    const TWO_RIDES: [Move; 2] = [Move::Charge, Move::Owe];
    let longest_ms = LIFE_MS + 2 * TOLERANCE_MS;
    for (at_ms, times) in [(longest_ms, 1), (longest_ms + 1, 2), (-longest_ms, 1), (-longest_ms - 1, 2)] {
        let (told, seen) = (reports(1, "547", false), sees_at(1, "547", at_ms));
        for order in [[&told as &dyn Fn(&HeldVoucher, i64) -> Decision, &seen], [&seen, &told]] {
            let (held, moves, abused) = live(&[(0, order[0]), (1, order[1])]);
            assert_eq!((moves.as_slice(), abused), (&TWO_RIDES[..times], times == 2), "{at_ms}");
            assert_eq!(held.state_of(1) == OfflineRideState::Charged, times == 2);
        }
    }
    // The one that was paid in another way is no fare, the other is.
    let (_, moves, abused) = live(&[(0, &reports(1, "547", true)), (1, &sees_at(1, "547", longest_ms + 1))]);
    assert_eq!((moves, abused), (vec![Move::GoBack, Move::Owe], true));
}

#[test]
fn what_an_inspector_saw_is_told_of_within_seven_days_or_charged() {
    let (held, moves, abused) = live(&[(0, &sees(2, "547")), (WAIT_MS - 1, &advance)]);
    assert_eq!((moves.len(), abused, held.due_ms()), (0, false, Some(NOW + WAIT_MS)));
    assert_eq!(held.state_of(2), OfflineRideState::Seen);
    let (held, moves, abused) = live(&[(0, &sees(2, "547")), (WAIT_MS, &advance)]);
    assert_eq!((moves, abused, held.due_ms()), (vec![Move::Charge], true, Some(NOW + 2 * WAIT_MS)));
    // Giving back the rest says of the first ones that they were used.
    let (_, moves, abused) =
        live(&[(0, &sees(1, "547")), (5, &gives_back(1, true)), (WAIT_MS + 5, &advance)]);
    assert_eq!((moves, abused), (vec![Move::Charge, Move::GoBack, Move::GoBack], false));
}

#[test]
fn what_is_given_back_returns_after_seven_days_unless_it_was_seen() {
    let back = gives_back(0, true);
    let (held, moves, _) = live(&[(0, &back), (WAIT_MS - 1, &advance)]);
    assert_eq!((moves.len(), held.due_ms()), (0, Some(NOW + WAIT_MS)));
    assert_eq!((held.open_rides(), held.state_of(1)), (0, OfflineRideState::GivingBack));
    let (held, moves, abused) = live(&[(0, &back), (5, &sees(2, "547")), (WAIT_MS, &advance)]);
    assert_eq!((moves, abused), (vec![Move::GoBack; 2], false));
    assert_eq!(held.state_of(2), OfflineRideState::Seen);
    // Seen, or told, only after the money went back: a debt.
    for late in [&sees(3, "547") as &dyn Fn(&HeldVoucher, i64) -> Decision, &reports(3, "547", false)] {
        let (held, moves, abused) = live(&[(0, &back), (WAIT_MS, late)]);
        assert_eq!((moves.len(), moves.last(), abused), (4, Some(&Move::Owe), true));
        assert_eq!(held.state_of(3), OfflineRideState::Charged);
    }
    // The first word counts.
    let (held, ..) = live(&[(0, &back), (5, &gives_back(3, true))]);
    assert_eq!(held.given_back.map(|back| back.used), Some(0));
}

#[test]
fn a_ride_whose_report_was_lost_is_charged_once_a_later_one_was_told_of() {
    let later = reports(2, "547", false);
    let lost_ms = 2 * WAIT_MS;
    let (held, moves, _) = live(&[(0, &later), (lost_ms - 1, &advance)]);
    assert_eq!((moves, held.due_ms()), (vec![Move::Charge], Some(NOW + lost_ms)));
    assert_eq!(held.state_of(1), OfflineRideState::Open);
    let lost: [Step<'_>; 2] = [(0, &later), (lost_ms, &advance)];
    let (held, moves, abused) = live(&lost);
    assert_eq!((moves, abused, held.due_ms()), (vec![Move::Charge; 2], false, None));
    let states = [1, 2, 3].map(|counter| held.state_of(counter));
    assert_eq!(states, [OfflineRideState::Settled, OfflineRideState::Settled, OfflineRideState::Open]);
    // Whatever comes after it moves nothing, unless the report says that it was paid in another way.
    let (back, seen, told, otherwise) =
        (gives_back(0, true), sees(1, "547"), reports(1, "547", false), reports(1, "547", true));
    for (late, more) in [
        (&seen as &dyn Fn(&HeldVoucher, i64) -> Decision, &[][..]),
        (&told, &[]),
        (&otherwise, &[Move::Refund]),
        (&back, &[Move::GoBack]),
    ] {
        let after_ms = lost_ms + 2 * WAIT_MS;
        let (_, moves, _) = live(&[lost[0], lost[1], (lost_ms + 1, late), (after_ms, &advance)]);
        assert_eq!(moves, [&[Move::Charge; 2][..], more].concat());
    }
    // What the phone gave back in time counts, whatever it used after.
    let (_, moves, _) = live(&[(0, &gives_back(0, true)), (5, &later), (lost_ms, &advance)]);
    assert_eq!(moves, [Move::Charge, Move::GoBack, Move::GoBack]);
}

#[test]
fn a_lost_phone_may_be_in_use_until_its_voucher_ends() {
    let by_another = gives_back(0, false);
    let (_, moves, _) = live(&[(0, &by_another), (2 * WAIT_MS - 1, &advance)]);
    assert_eq!(moves, vec![]);
    let (_, moves, _) = live(&[(0, &by_another), (2 * WAIT_MS, &advance)]);
    assert_eq!(moves, vec![Move::GoBack; 3]);
}

#[test]
fn every_move_balances_and_takes_from_where_money_is() {
    for (one, from, to) in [
        (Move::Charge, "voucher:v", "fares:c"),
        (Move::GoBack, "voucher:v", "phone:p"),
        (Move::Refund, "fares:c", "phone:p"),
        (Move::Owe, "owed:a", "fares:c"),
        (Move::Forgive, "fares:c", "owed:a"),
    ] {
        let purses = [Purse::Voucher("v".into()), Purse::Fares("c".into()), Purse::Phone("p".into())];
        let [held, fares, source] = purses;
        let entry =
            one.entry(held, fares, source, Purse::Owed("a".into()), Money::tenge(1)).expect("an entry");
        assert!(entry.balances());
        let named = entry.postings.iter().map(|posting| posting.purse.to_string());
        assert_eq!(named.collect::<Vec<_>>(), [from, to], "{one:?}");
    }
}

#[test]
fn a_report_names_a_ride_of_the_voucher_in_its_time() {
    let report = |counter, boarded_s| UseReport {
        counter,
        vehicle: "547".into(),
        boarded_s,
        terminal: None,
        signature: Base64(vec![0; 64]),
    };
    let status = |report: &UseReport| {
        check_report(2, 1_000_000, 9_000_000, report, 5_000_000).err().map(|problem| problem.status)
    };
    assert_eq!(status(&report(2, 5_000)), None);
    assert_eq!(status(&report(1, 955)), None, "45 s before it was issued, by clocks that are apart");
    assert_eq!(status(&report(3, 5_000)), Some(422));
    assert_eq!(status(&report(1, 954)), Some(422));
    assert_eq!(status(&report(1, 5_301)), Some(503), "not yet; the same bytes again, later");
    assert_eq!(status(&report(1, 9_001)), Some(422));
    for bad in [report(0, 5_000), report(4, 5_000), report(1, -1)] {
        assert_eq!(status(&bad), Some(400));
    }
    assert_eq!(status(&UseReport { vehicle: "1234567".into(), ..report(1, 5_000) }), Some(400));
    assert_eq!(status(&UseReport { signature: Base64(vec![]), ..report(1, 5_000) }), Some(400));
    assert_eq!(status(&UseReport { terminal: Some(Base64(vec![1])), ..report(1, 5_000) }), Some(400));
    let unused = |used| UnusedRequest { used, signature: Base64(vec![0; 64]) };
    assert!(check_unused(2, &unused(2)).is_ok() && check_unused(2, &unused(3)).is_err());
}
