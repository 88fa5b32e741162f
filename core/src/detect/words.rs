//! What was found out, in the passenger's language.

use super::{Candidate, Company, CompanyView, Evidence, Sighting, Why};
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
    /// What speaks for the bus with this painted number: how far it went with the passenger, how old its last report
    /// is, that the others nearby did not; and that the number is to be looked at, if that is thin.
    pub fn text(&self, painted: &str, language: Language) -> String {
        let (metres, age) = (self.together_m.to_string(), self.age_s.to_string());
        let together = say(language, "sighting-together", &[("metres", &metres), ("age", &age)]);
        let others = (self.ruled_out > 0)
            .then(|| say(language, "sighting-others", &[("n", &self.ruled_out.to_string())]));
        let look = self.is_thin.then(|| say(language, "sighting-look", &[("bus", painted)]));
        [Some(together), others, look].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

impl Sighting {
    /// Why this bus, or why none.
    pub fn text(&self, language: Language) -> String {
        match self {
            Sighting::None { why } | Sighting::Choose { why, .. } => why.text(language),
            Sighting::Proposed { bus, evidence } => evidence.text(&bus.label, language),
        }
    }
}

impl CompanyView {
    /// The passenger and a bus that they paid (its painted number, its line) are together or not, and a bus is
    /// proposed that is not paid and has a line.
    pub(crate) fn of(
        company: Company,
        (bus, line): (&str, &str),
        proposed: Option<Candidate>,
        language: Language,
    ) -> CompanyView {
        if company != Company::Parted {
            return CompanyView { company, ..CompanyView::default() };
        }
        let text = match &proposed {
            Some(Candidate { label, line: Some(line), .. }) => {
                say(language, "company-other", &[("bus", label), ("line", line)])
            }
            _ => say(language, "company-parted", &[("bus", bus), ("line", line)]),
        };
        CompanyView { company, text: Some(text), instead: proposed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_has_parted_hears_of_it() {
        let next = Candidate { label: "612".into(), line: Some("12".into()), ..Candidate::default() };
        let told = |company, proposed, language| CompanyView::of(company, ("547", "37"), proposed, language);
        for language in Language::ALL {
            for company in [Company::Unknown, Company::Together] {
                let silent = CompanyView { company, ..CompanyView::default() };
                assert_eq!(told(company, Some(next.clone()), language), silent);
            }
            let CompanyView { text, instead, .. } = told(Company::Parted, None, language);
            let left = text.expect("words");
            assert!(left.contains("547") && left.contains("37") && instead.is_none(), "{left}");
            let CompanyView { text, instead, .. } = told(Company::Parted, Some(next.clone()), language);
            let on_it = text.expect("words");
            assert!(on_it.contains("612") && on_it.contains("12") && !on_it.contains("547"), "{on_it}");
            assert!(on_it.replace("612", "").contains("12"), "{on_it}");
            assert_eq!(instead.as_ref(), Some(&next), "to tap on");
        }
    }

    #[test]
    fn every_reason_and_the_evidence_have_words() {
        let evidence = Evidence { agreed: 3, together_m: 412, ruled_out: 2, age_s: 7, is_thin: false };
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
            let alone = Evidence { ruled_out: 0, ..evidence }.text("547", language);
            let thin = Evidence { is_thin: true, ..evidence }.text("547", language);
            assert!(
                thin.starts_with(&proposed) && thin.contains("547") && !proposed.contains("547"),
                "{thin}"
            );
            assert!(proposed.starts_with(&alone) && proposed != alone, "{alone}");
            texts.push(proposed);
            texts.sort();
            texts.dedup();
            assert_eq!(texts.len(), 7);
            assert!(texts.iter().all(|text| text.contains(' ')), "a message is missing: {texts:?}");
        }
    }
}
