use super::{Passenger, Scene};
use jol_core::jol::{JolError, ReservedRides};
use jol_core::money::Money;
use jol_core::pay::Source;
use jol_core::pay::offline::{Boarded, OfflineQuote};
use jol_core::ticket::voucher::use_to_sign;
use jol_core::ticket::{Freshness, ShownVoucher, SignedVoucher, Use, slot_at};
use jol_core::wallet::{Category, PassengerGroup};

impl Passenger<'_> {
    /// What so many rides for one adult would take, from the phone's balance.
    pub fn quote_offline(&self, rides: u8) -> Result<OfflineQuote, JolError> {
        let adult = vec![PassengerGroup { category: Category::Standard, count: 1 }];
        self.jol.quote_offline(rides, Source::PhoneBalance, adult)
    }

    /// One tap: so many rides for buses without a network. Answers the reservation's key.
    pub fn reserve(&self, rides: u8) -> String {
        let quote = self.quote_offline(rides).expect("a quote");
        let key = self.jol.reserve_offline(&quote, &self.key.sign(&quote.to_sign)).expect("a tap");
        self.note(format!("reserves {rides} rides for {} ₸: {key}", quote.sum));
        key
    }

    /// What was reserved last.
    ///
    /// # Panics
    /// If nothing was.
    pub fn reserved(&self) -> ReservedRides {
        let reserved = self.jol.offline_rides().expect("the wallet").reserved.remove(0);
        self.note(format!("reads: {}", reserved.text));
        reserved
    }

    /// Boards a bus with what was reserved, with its terminal's code or without; what to show, or why not.
    pub fn board_offline(&self, bus: &str, terminal: Option<&str>) -> Result<String, JolError> {
        let boarding = self.jol.boarding(bus, terminal)?;
        let boarded = self.jol.board_offline(&boarding, &self.key.sign(&boarding.to_sign))?;
        self.note(format!("boards bus {bus} without a network: {boarded:?}"));
        match boarded {
            Boarded::Ticket { ride } => Ok(ride),
            Boarded::Payment { key } => Ok(key),
        }
    }

    /// The code of a voucher's first ride on this bus, begun and shown in these moments (ms). The app never
    /// makes a second one; whoever has the key's signatures may.
    ///
    /// # Panics
    /// If the operator issued no such voucher.
    pub fn use_by_hand(&self, voucher: &str, vehicle: &str, boarded_ms: i64, now_ms: i64) -> String {
        let signed: Vec<u8> = self.scene.books("SELECT signed FROM voucher WHERE voucher = ?1", [voucher]);
        let signed = SignedVoucher::from_bytes(&signed).expect("a voucher");
        let (vehicle, boarded_s) = (vehicle.to_owned(), boarded_ms / 1_000);
        let used = Use { counter: 1, vehicle, boarded_s, terminal: None };
        let freshness = Freshness::Slot(slot_at(now_ms));
        let signature = self.key.sign(&use_to_sign(&signed, &used, freshness));
        ShownVoucher::assemble(&signed, &used, freshness, &signature).expect("signed").to_text()
    }

    /// Gives back what is left of a voucher.
    pub fn give_back(&self, voucher: &str) -> Result<(), JolError> {
        let giving = self.jol.quote_give_back(voucher)?;
        self.jol.give_back(&giving, &self.key.sign(&giving.to_sign))?;
        self.note(format!("gives back what is left of {voucher} after {} rides", giving.used));
        Ok(())
    }

    /// The operator is asked what it holds, and its answers come.
    ///
    /// # Panics
    /// If the outbox cannot be read.
    pub fn refresh_offline(&self) {
        self.jol.refresh_offline_rides().expect("asked");
        self.settle();
    }

    /// Asserts what this phone says that its balance gave in all.
    ///
    /// # Panics
    /// If it says something else, or its ledger does not balance.
    pub fn spent(&self, tenge: i64) {
        let booked = self.jol.spent_from(&Source::PhoneBalance).expect("the ledger");
        self.note(format!("says that {booked} ₸ were spent"));
        assert_eq!(booked, Money::tenge(tenge), "the phone's own ledger");
        assert!(self.jol.ledger_is_balanced().expect("the ledger"));
    }
}

impl Scene<'_> {
    /// What a purse of the operator's holds.
    pub fn purse(&self, purse: &str) -> Money {
        let sql = "SELECT coalesce(sum(gain), 0) FROM posting WHERE purse = ?1";
        Money::tiyn(self.books(sql, [purse]))
    }

    /// What this number's balance lost, less what came back.
    pub fn gone_for_good(&self, number: &str) -> Money {
        let sql = "SELECT coalesce(-sum(gain), 0) FROM posting JOIN entry USING (entry)
                   WHERE purse = 'phone:' || ?1 AND what <> 'opening'";
        Money::tiyn(self.books(sql, [number]))
    }

    /// The text of the code that a bus's terminal shows now.
    ///
    /// # Panics
    /// If there is no such bus.
    pub fn terminal_code(&self, vehicle: &str) -> String {
        let said = self.control("GET", &format!("/sandbox/terminals/{vehicle}"), "");
        let said: serde_json::Value = serde_json::from_str(&said).expect("json");
        said["code"].as_str().expect("a code").to_owned()
    }
}
