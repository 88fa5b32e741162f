//! A passenger scans whatever hangs about in a bus: each code says what it is, and nothing comes of looking.

use jol_core::jol::{CodeCheck, JolError, ScannedCode};
use jol_core::qr::Meaning;
use jol_core::text::Language;
use jol_core::ticket::{KeyId, Purpose, SigningKey, StickerCode, StickerKind};
use jol_headless::story::{Passenger, Scene, tell};

#[test]
fn scanned() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let genuine = scene.sandbox(|sandbox| sandbox.bus_code("0547")).expect("a code");
        let operator = scene.sandbox(|sandbox| sandbox.root()).issuer;
        let forged = StickerCode { kind: StickerKind::Bus, operator, code: "0547".to_owned() };
        let key = KeyId { issuer: operator, number: Purpose::Sticker as u8 };
        let forged = forged.sign("jol.kz", &SigningKey::from_seed(key, Purpose::Sticker, &[66; 32]));
        let forged = forged.expect("within bounds");
        let aru = scene.passenger("+77771234567");
        let dana = scene.passenger("+77771234568");
        aru.jol.set_language(Language::En);

        // A phone that has never reached the operator cannot tell, and says so.
        let opening = scene.opening("new phone");
        scene.stop();
        let new = scene.newcomer_with("+77771234569", opening);
        new.jol.set_language(Language::En);
        new.settle();
        for text in [&genuine, &forged] {
            let seen = new.photographs(text);
            assert_eq!((seen.check, seen.warn), (CodeCheck::CannotTell, false), "{seen:?}");
            assert_eq!(seen.says, "Not checked yet: connect to the operator once. It says: bus 0547");
        }
        scene.start(None, |_| ());
        new.settle();
        scene.pass_ms(60_000);
        new.settle();
        let seen = new.photographs(&genuine);
        assert_eq!(
            (seen.check, seen.says.as_str()),
            (CodeCheck::Genuine, "Genuine: bus 0547. Choose its city first.")
        );

        // The bus's own code, and what somebody stuck over it.
        let seen = aru.photographs(&genuine);
        assert_eq!((seen.check, seen.warn), (CodeCheck::Genuine, false));
        assert_eq!(seen.says, "Genuine: bus 547. Compare the number on the bus.");
        assert_eq!(aru.jol.bus_by_code(&seen.text).expect("after a tap").vehicle, "0547");
        let seen = aru.photographs(&forged);
        assert_eq!((seen.check, seen.warn), (CodeCheck::NotGenuine, true));
        assert_eq!(seen.says, "Not genuine: the operator did not sign it. It says: bus 0547");
        assert_eq!(aru.jol.bus_by_code(&forged), Err(JolError::BadSignature));

        // Her own ticket, a companion's, and hers when the ride is over.
        dana.quote_and_pay("0547");
        aru.quote_and_pay("0547");
        let ride = aru.ticket().ride;
        let own = aru.show(&ride, None);
        let seen = aru.photographs(&own);
        assert_eq!((seen.check, seen.warn), (CodeCheck::Genuine, false));
        assert_eq!(seen.says, "This is your own ticket: show it to the inspector.");
        let seen = aru.photographs(&dana.show(&dana.ticket().ride, None));
        assert_eq!((seen.check, seen.warn), (CodeCheck::Genuine, false));
        assert_eq!(seen.says, "This is somebody else’s ticket. It does not pay your ride.");
        let unsigned = aru.jol.present_text(&ride, 0, None, None).expect("a ticket");
        assert_eq!(aru.photographs(&unsigned).says, "This is your own ticket: show it to the inspector.");
        let spoilt = own.replace("JOL1:6", "JOL1:7");
        assert_eq!(aru.photographs(&spoilt).check, CodeCheck::NotGenuine);

        // What is not the operator's at all.
        let bank = "00020101021129300012D156000000000510A93FO3230Q\
                    5204411153033985802CN5914BEST TRANSPORT6007BEIJING6304A13A";
        let seen = aru.photographs(bank);
        assert!(matches!(&seen.meaning, Meaning::BankPayment { .. }), "{seen:?}");
        assert_eq!((seen.check, seen.warn), (CodeCheck::Unsigned, false));
        assert_eq!(seen.says, "A bank’s payment to “BEST TRANSPORT”. It pays no ride.");
        let seen = aru.photographs("https://jol.kz.evil.example/B/547");
        assert_eq!((seen.check, seen.warn), (CodeCheck::Unsigned, true));
        assert_eq!(seen.says, "Do not open: it pretends to be Jol’s and leads to jol.kz.evil.example");

        scene.pass_ms(45 * 60_000);
        aru.settle();
        let seen = aru.photographs(&own);
        assert_eq!((seen.check, seen.warn), (CodeCheck::Genuine, false));
        assert_eq!(seen.says, "This is your own ticket. It holds no longer.");
        // She rode once, and for nothing that she scanned was anything taken.
        aru.was_charged(1, 100);
    });
}

/// What a phone says of a code that it photographs. Its wallet is as it was before, byte for byte.
trait Photographs {
    fn photographs(&self, text: &str) -> ScannedCode;
}

impl Photographs for Passenger<'_> {
    fn photographs(&self, text: &str) -> ScannedCode {
        let before = crate::wallet(self);
        let seen = crate::photographed(self, text);
        assert_eq!(self.jol.what_is(text), Ok(ScannedCode { corners: Vec::new(), ..seen.clone() }));
        assert!(crate::wallet(self) == before, "scanning changes nothing");
        seen
    }
}
