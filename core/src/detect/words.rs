//! What was found out, in the passenger's language.

use super::{Evidence, Sighting, Why};
use crate::text::{Language, say};

impl Why {
    /// Why no bus is proposed, and what to do instead.
    pub fn text(self, language: Language) -> String {
        let message = match self {
            Why::NoFixes => "sighting-no-fixes",
            Why::MockPosition => "sighting-mocked",
            Why::StaleFeed => "sighting-stale",
            Why::TooEarly => "sighting-too-early",
            Why::TwoAlike => "sighting-two-alike",
            Why::SilentBus => "sighting-silent",
        };
        say(language, message, &[])
    }
}

impl Evidence {
    /// What speaks for the bus: how far it went with the passenger, how old its last report is, and that the others
    /// nearby did not.
    pub fn text(&self, language: Language) -> String {
        let (metres, age) = (self.together_m.to_string(), self.age_s.to_string());
        let together = say(language, "sighting-together", &[("metres", &metres), ("age", &age)]);
        if self.ruled_out == 0 {
            return together;
        }
        let others = say(language, "sighting-others", &[("n", &self.ruled_out.to_string())]);
        format!("{together} {others}")
    }
}

impl Sighting {
    /// Why this bus, or why none.
    pub fn text(&self, language: Language) -> String {
        match self {
            Sighting::None { why } | Sighting::Choose { why, .. } => why.text(language),
            Sighting::Proposed { evidence, .. } => evidence.text(language),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_and_the_evidence_have_words() {
        let evidence = Evidence { agreed: 3, together_m: 412, ruled_out: 2, age_s: 7 };
        for language in Language::ALL {
            let whys = [
                Why::NoFixes,
                Why::MockPosition,
                Why::StaleFeed,
                Why::TooEarly,
                Why::TwoAlike,
                Why::SilentBus,
            ];
            let mut texts: Vec<String> = whys.map(|why| Sighting::None { why }.text(language)).to_vec();
            let bus = super::super::Candidate::default();
            let proposed = Sighting::Proposed { bus, evidence }.text(language);
            assert!(
                proposed.contains("412") && proposed.contains('7') && proposed.contains('2'),
                "{proposed}"
            );
            let alone = Evidence { ruled_out: 0, ..evidence }.text(language);
            assert!(proposed.starts_with(&alone) && proposed != alone, "{alone}");
            texts.push(proposed);
            texts.sort();
            texts.dedup();
            assert_eq!(texts.len(), 7);
            assert!(texts.iter().all(|text| text.contains(' ')), "a message is missing: {texts:?}");
        }
    }
}
