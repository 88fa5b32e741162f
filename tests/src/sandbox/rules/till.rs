//! A conductor's till: who goes on shift, and which sales are taken.
//!
//! A sale was paid in cash before the operator hears of it, so it is taken whatever is odd about it (a fare
//! that the rules do not have, a bus that nobody knows), and what is odd is noted. Refused is only what is
//! not signed as it must, what would leave a gap, and what was sold before otherwise.

use super::{Entry, Purse, problem};
use jiff::civil::Date;
use jol_core::city::fares::{CityRules, FareHistory, FareQuestion};
use jol_core::money::Money;
use jol_core::operator::wire::{MOST_SALES, Problem, SignedSale, problem as codes};
use jol_core::pay::Way;
use jol_core::ticket::till::{CashSale, Licence, SignedLicence, TillId, verify_sale};
use jol_core::ticket::token::{self, EndRule};
use jol_core::ticket::{KeyId, phone_key};
use jol_core::wallet::Category;
use std::collections::BTreeMap;

/// How long a shift lasts at most, in s: 16 hours.
pub const SHIFT_S: i64 = 16 * 3_600;
/// So much earlier than it was asked for a shift begins, in s.
const SLACK_S: i64 = 60;
/// How long a ride that was sold for cash is valid at most, in s; it ends with the run.
const RIDE_S: i64 = 5_400;
/// How long after a shift its numbers may still be shown, in ms.
pub const NUMBERS_LAST_MS: i64 = 90 * 60_000;
/// How many tills numbers on paper tell apart.
pub const INDEXES: u32 = 1_000;
/// Refuses whoever does not work for the operator.
pub fn only_staff(is_staff: bool) -> Result<(), Problem> {
    let not_staff = || problem(403, codes::NOT_STAFF, "only for the operator's staff");
    is_staff.then_some(()).ok_or_else(not_staff)
}

/// What the operator holds when a conductor goes on shift.
#[derive(Clone, Debug)]
pub struct ShiftView<'a> {
    /// Whether they work for the operator.
    pub is_staff: bool,
    /// The key that their phone enrolled.
    pub phone: Option<&'a [u8]>,
    /// The city of the bus, if it is the one that they named, and when its rides end.
    pub city: Option<(&'a str, EndRule)>,
    /// The number that the till gets.
    pub till: TillId,
    /// The key that signs.
    pub key: KeyId,
    /// Now, ms since 1970.
    pub now_ms: i64,
}

/// The licence of a new shift.
pub fn open(held: &ShiftView<'_>) -> Result<Licence, Problem> {
    only_staff(held.is_staff)?;
    let no_key = || problem(409, codes::NOT_ENROLLED, "this phone has enrolled no key");
    let phone = held.phone.and_then(|key| phone_key::compress(key).ok()).ok_or_else(no_key)?;
    let (city, end) = held
        .city
        .clone()
        .ok_or_else(|| problem(404, codes::NOT_FOUND, "there is no such bus in this city"))?;
    // The phone's idea of the time may be a little behind.
    let from_s = held.now_ms.div_euclid(1_000) - SLACK_S;
    Ok(Licence {
        key: held.key,
        till: held.till,
        phone,
        city: token::cut(city, token::LONGEST_CITY).to_owned(),
        from_s,
        until_s: from_s + SHIFT_S,
        life_s: RIDE_S,
        end,
    })
}

/// What the operator holds of a till when sales come.
#[derive(Clone, Debug)]
pub struct TillView<'a> {
    /// Its licence.
    pub licence: &'a SignedLicence,
    /// The sales that it has, by the number of their first passenger.
    pub sales: &'a BTreeMap<u16, Vec<u8>>,
}

/// Which of these sales are new; in order, without a gap.
pub fn take(held: &TillView<'_>, sales: &[SignedSale]) -> Result<Vec<CashSale>, Problem> {
    let bad = |title| problem(400, codes::BAD_REQUEST, title);
    if !(1..=MOST_SALES).contains(&sales.len()) {
        return Err(bad("sales: 1 to 100"));
    }
    let last = held.sales.last_key_value().and_then(|(_, bytes)| CashSale::from_bytes(bytes).ok()?.last());
    let mut through = last.unwrap_or(0);
    let mut new = Vec::new();
    for SignedSale { sale: bytes, signature } in sales {
        let sale = CashSale::from_bytes(&bytes.0).map_err(|_| bad("sale: not as the format says"))?;
        let signature = signature.0.as_slice().try_into().map_err(|_| bad("signature: 64 bytes"))?;
        verify_sale(held.licence, &bytes.0, signature)
            .map_err(|_| problem(403, codes::BAD_SIGNATURE, "the till's phone did not sign this sale"))?;
        let (Some(next), Some(last)) = (through.checked_add(1), sale.last()) else {
            return Err(bad("sale: beyond the last passenger of a shift"));
        };
        match held.sales.get(&sale.serial) {
            Some(before) if *before == bytes.0 => {}
            None if sale.serial == next => {
                through = last;
                new.push(sale);
            }
            None if sale.serial > next => {
                return Err(problem(409, codes::SERIAL_GAP, &format!("passenger {next} is missing")));
            }
            _ => {
                let title = format!("passenger {} was sold another ride before", sale.serial);
                return Err(problem(409, codes::SERIAL_REUSED, &title));
            }
        }
    }
    Ok(new)
}

/// What is noted of a sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted {
    /// The cash that the conductor holds for the city's fares; none for a free ride.
    pub entry: Option<Entry>,
    /// What the rules would have asked; none where they sell nothing for cash, or the bus is not known.
    pub expected: Option<Money>,
    /// Whether it was sold within the shift.
    pub in_shift: bool,
}

/// Enters the cash of a sale as the conductor's phone signed it. `rules`: the city's, if the bus is known;
/// `day`: of the sale, there.
pub fn note(
    account: &str,
    licence: &Licence,
    sale: &CashSale,
    city: &str,
    rules: Option<(&CityRules, Date)>,
) -> Noted {
    let (from, to) = (Purse::Conductor(account.to_owned()), Purse::Fares(city.to_owned()));
    let expected = rules.and_then(|(rules, day)| {
        let question = FareQuestion {
            category: Category::Standard,
            way: Way::Cash,
            line: &sale.line,
            zone: None,
            day,
            before: FareHistory::default(),
        };
        rules.fares.fare_of_group(&sale.passengers, &question)
    });
    let entry = Entry::of("cash", from, to, sale.fare);
    Noted { entry, expected, in_shift: licence.holds_at(sale.sold_s) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::data::sample_rules;
    use jol_core::operator::wire::Base64;
    use jol_core::ticket::till::sale_to_sign;
    use jol_core::ticket::{Issuer, Purpose, SigningKey, SoftwareKey};
    use jol_core::wallet::PassengerGroup;
    use proptest::prelude::*;

    const NOW_MS: i64 = 1_789_549_200_000;

    fn phone() -> SoftwareKey {
        SoftwareKey::from_seed([5; 32])
    }

    fn key() -> SigningKey {
        let issuer = Issuer::new("SMP").expect("a code");
        SigningKey::from_seed(KeyId { issuer, number: 1 }, Purpose::Ticket, &[1; 32])
    }

    fn view<'a>(is_staff: bool, phone: Option<&'a [u8]>, city: Option<&'a str>) -> ShiftView<'a> {
        let city = city.map(|city| (city, EndRule::Terminus));
        ShiftView { is_staff, phone, city, till: TillId(7), key: key().id(), now_ms: NOW_MS }
    }

    fn licence() -> Licence {
        let point = phone().public_key();
        open(&view(true, Some(&point), Some("sample"))).expect("a shift")
    }

    fn signed() -> SignedLicence {
        SignedLicence::sign(&licence(), &key()).expect("within bounds")
    }

    fn sale(serial: u16, count: u8) -> CashSale {
        CashSale {
            serial,
            vehicle: "547".to_owned(),
            line: "5".to_owned(),
            passengers: vec![PassengerGroup { category: Category::Standard, count }],
            fare: Money::tenge(150).times(u32::from(count)).expect("a sum"),
            sold_s: NOW_MS / 1_000 + 60,
        }
    }

    fn sent(sale: &CashSale) -> SignedSale {
        let (bytes, point) = (sale.to_bytes().expect("within bounds"), phone().public_key());
        let message = sale_to_sign(&signed(), &bytes);
        let signature = phone_key::accept(&point, &message, &phone().sign(&message)).expect("its own");
        SignedSale { sale: Base64(bytes), signature: Base64(signature.to_vec()) }
    }

    fn held(sales: &[CashSale]) -> BTreeMap<u16, Vec<u8>> {
        sales.iter().map(|sale| (sale.serial, sale.to_bytes().expect("within bounds"))).collect()
    }

    fn try_take(known: &[CashSale], sales: &[SignedSale]) -> Result<Vec<CashSale>, String> {
        let (licence, sales_held) = (signed(), held(known));
        let view = TillView { licence: &licence, sales: &sales_held };
        take(&view, sales).map_err(|problem| problem.code)
    }

    #[test]
    fn only_staff_with_an_enrolled_phone_goes_on_shift_on_a_bus_that_is_known() {
        let point = phone().public_key();
        assert_eq!(licence().until_s - licence().from_s, SHIFT_S);
        let code = |view: ShiftView<'_>| open(&view).expect_err("refused").code;
        assert_eq!(code(view(false, Some(&point), Some("sample"))), codes::NOT_STAFF);
        assert_eq!(code(view(true, None, Some("sample"))), codes::NOT_ENROLLED);
        assert_eq!(code(view(true, Some(&[9; 33]), Some("sample"))), codes::NOT_ENROLLED);
        assert_eq!(code(view(true, Some(&point), None)), codes::NOT_FOUND);
    }

    #[test]
    fn sales_follow_on_one_another_and_the_same_one_counts_once() {
        let (first, second, third) = (sale(1, 2), sale(3, 1), sale(4, 5));
        let all = [sent(&first), sent(&second), sent(&third)];
        assert_eq!(try_take(&[], &all), Ok(vec![first.clone(), second.clone(), third.clone()]));
        let known = [first.clone(), second.clone()];
        assert_eq!(try_take(&known, &all), Ok(vec![third.clone()]));
        assert_eq!(try_take(&[first.clone(), second.clone(), third], &all), Ok(vec![]));
        // One is left out, or its passengers are sold twice.
        let gap = Err(codes::SERIAL_GAP.to_owned());
        assert_eq!(try_take(&[], &all[1..]), gap);
        assert_eq!(try_take(std::slice::from_ref(&first), &all[2..]), gap);
        let other = CashSale { fare: Money::ZERO, ..first.clone() };
        let reused = Err(codes::SERIAL_REUSED.to_owned());
        assert_eq!(try_take(&known, &[sent(&other)]), reused);
        assert_eq!(try_take(&known, &[sent(&sale(2, 1))]), reused, "within a sale");
        assert_eq!(try_take(&[], &[sent(&first), sent(&sale(2, 1))]), reused, "within one request");
    }

    #[test]
    fn what_the_till_s_phone_did_not_sign_is_refused() {
        let good = sent(&sale(1, 1));
        let mut other = good.clone();
        other.sale = sent(&sale(1, 2)).sale;
        assert_eq!(try_take(&[], &[other]), Err(codes::BAD_SIGNATURE.to_owned()));
        let mut flipped = good.clone();
        flipped.signature.0[5] ^= 1;
        assert_eq!(try_take(&[], &[flipped]), Err(codes::BAD_SIGNATURE.to_owned()));
        let bad = Err(codes::BAD_REQUEST.to_owned());
        assert_eq!(try_take(&[], &[]), bad);
        assert_eq!(try_take(&[], &vec![good.clone(); MOST_SALES + 1]), bad);
        assert_eq!(try_take(&[], &[SignedSale { sale: Base64(vec![]), ..good.clone() }]), bad);
        assert_eq!(try_take(&[], &[SignedSale { signature: Base64(vec![0; 63]), ..good }]), bad);
    }

    #[test]
    fn the_conductor_holds_what_was_signed_and_what_is_odd_is_noted() {
        let (rules, day) = (sample_rules("sample"), "2026-09-16".parse().expect("a day"));
        let of = |sale: &CashSale| note("a1", &licence(), sale, "sample", Some((&rules, day)));
        let noted = of(&sale(1, 2));
        let entry = noted.entry.expect("an entry");
        assert!(entry.balances());
        assert_eq!(entry.postings[0].purse, Purse::Conductor("a1".to_owned()));
        assert_eq!(entry.postings[0].gain, Money::tenge(-300));
        assert_eq!((noted.expected, noted.in_shift), (Some(Money::tenge(300)), true));
        let cheap = CashSale { fare: Money::ZERO, ..sale(1, 2) };
        assert_eq!((of(&cheap).entry, of(&cheap).expected), (None, Some(Money::tenge(300))));
        let late = CashSale { sold_s: licence().until_s + 1, ..sale(1, 1) };
        assert!(!of(&late).in_shift && of(&late).entry.is_some(), "cash is cash");
        assert_eq!(note("a1", &licence(), &sale(1, 1), "sample", None).expected, None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        /// However a shift's sales are cut into requests and repeated, each is taken once and in order.
        #[test]
        fn each_sale_is_taken_once_however_it_is_sent(
            counts in proptest::collection::vec(1_u8..5, 1..8),
            cuts in proptest::collection::vec((0_usize..8, 1_usize..5), 1..8),
        ) {
            let mut serial = 1;
            let sales: Vec<CashSale> = counts.iter().map(|count| {
                let one = sale(serial, *count);
                serial += u16::from(*count);
                one
            }).collect();
            let mut known: Vec<CashSale> = Vec::new();
            for (from, length) in cuts {
                let part: Vec<_> = sales.iter().skip(from).take(length).collect();
                let request: Vec<_> = part.iter().map(|sale| sent(sale)).collect();
                if request.is_empty() {
                    continue;
                }
                match try_take(&known, &request) {
                    Ok(new) => known.extend(new),
                    Err(code) => {
                        prop_assert_eq!(code, codes::SERIAL_GAP);
                        prop_assert!(from > known.len());
                    }
                }
                prop_assert_eq!(&known[..], &sales[..known.len()]);
            }
        }
    }
}
