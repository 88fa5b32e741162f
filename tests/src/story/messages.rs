use super::{Passenger, Scene};
use jol_core::jol::{MessageView, OutgoingMessage, ReplyView};
use jol_core::pay::Way;
use jol_core::pay::message::MessageStanding;
use jol_core::wallet::{Category, PassengerGroup};
use serde_json::{Value, json};

impl Scene<'_> {
    /// A SIM of this number sends a text message; answers what comes back.
    ///
    /// # Panics
    /// If nobody takes it.
    pub fn sms(&self, from: &str, text: &str) -> String {
        self.sms_to("9505", from, text)
    }

    /// The same, to this short number.
    ///
    /// # Panics
    /// If nobody takes it.
    pub fn sms_to(&self, to: &str, from: &str, text: &str) -> String {
        let id = format!("m{}", self.next_seed());
        self.delivers(json!({ "from": from, "to": to, "text": text, "id": id }))
    }

    /// The carrier or a messenger delivers this; answers what comes back.
    ///
    /// # Panics
    /// If nobody takes it.
    pub fn delivers(&self, message: Value) -> String {
        let said = self.control("POST", "/sandbox/messages", &message.to_string());
        let said: Value = serde_json::from_str(&said).expect("json");
        let text = said["text"].as_str().expect("an answer").to_owned();
        self.note("operator", format!("answers: {text}"));
        text
    }

    /// How many rides the operator holds for this number.
    pub fn rides_of(&self, number: &str) -> u32 {
        let sql = "SELECT count(*) FROM ride JOIN account ON account = payer WHERE recipient = ?1";
        self.books(sql, [number])
    }
}

impl Passenger<'_> {
    /// Opens the message that pays this bus for so many adults, as the shell does.
    ///
    /// # Panics
    /// If there is no such message.
    pub fn writes(&self, vehicle: &str, way: Way, adults: u8) -> OutgoingMessage {
        let passengers = vec![PassengerGroup { category: Category::Standard, count: adults }];
        let message = self.jol.message(vehicle, way, passengers).expect("a message");
        self.note(format!("writes to {}: {}", message.to, message.text));
        self.jol.message_opened(&message).expect("kept");
        message
    }

    /// Pastes a text that holds one answer at most.
    ///
    /// # Panics
    /// If it holds more.
    pub fn pastes(&self, text: &str) -> ReplyView {
        let mut views = self.jol.take_message(text).expect("any text is read");
        assert_eq!(views.len(), 1, "{views:?}");
        let view = views.remove(0);
        self.note(format!("pastes an answer and reads: {} {:?}", view.says, view.next));
        view
    }

    /// The operator is asked about the message that was opened last until it is settled; its ride. The phone asks
    /// less and less often, so that some minutes pass.
    ///
    /// # Panics
    /// If it is not paid.
    pub fn message_settles(&self) -> String {
        for _ in 0..10 {
            self.settle();
            if let MessageStanding::Paid { ride } = self.last_message().standing {
                return ride;
            }
            self.scene.pass_ms(30_000);
        }
        panic!("not settled: {:?}", self.last_message())
    }

    /// The message that was opened last.
    ///
    /// # Panics
    /// If there is none.
    pub fn last_message(&self) -> MessageView {
        let view = self.jol.messages().expect("the messages").remove(0);
        self.note(format!("reads of the message: {} {:?}", view.says, view.next));
        view
    }
}
