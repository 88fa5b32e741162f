use crate::text::{Language, say};
use serde::{Deserialize, Serialize};

/// The social category of a passenger or a card, which sets the fare.
///
/// The numbers stand in tickets (`core/contract/ticket.cddl`) and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Category {
    /// Full fare.
    Standard = 0,
    /// Below school age.
    Child = 1,
    /// A school pupil.
    School = 2,
    /// A student of a college or university.
    Student = 3,
    /// A pensioner.
    Senior = 4,
    /// A person with a disability.
    Disabled = 5,
    /// A veteran, or a person with a veteran's benefits.
    Veteran = 6,
    /// A member of a family with many children.
    LargeFamily = 7,
}

impl Category {
    /// Every category, in the order of their numbers.
    pub const ALL: [Category; 8] = [
        Category::Standard,
        Category::Child,
        Category::School,
        Category::Student,
        Category::Senior,
        Category::Disabled,
        Category::Veteran,
        Category::LargeFamily,
    ];

    /// The number that stands in tickets.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// Its name as a passenger reads it.
    pub fn name(self, language: Language) -> String {
        let message = match self {
            Category::Standard => "category-standard",
            Category::Child => "category-child",
            Category::School => "category-school",
            Category::Student => "category-student",
            Category::Senior => "category-senior",
            Category::Disabled => "category-disabled",
            Category::Veteran => "category-veteran",
            Category::LargeFamily => "category-large-family",
        };
        say(language, message, &[])
    }

    /// The category with this number, if there is one.
    pub fn from_number(number: u8) -> Option<Category> {
        Category::ALL.get(usize::from(number)).copied()
    }
}

/// So many passengers of one category, travelling together on one ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PassengerGroup {
    /// Their category.
    pub category: Category,
    /// How many they are; a ticket with none of a category does not name it.
    pub count: u8,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_categories_name_each_other() {
        for category in Category::ALL {
            assert_eq!(Category::from_number(category.number()), Some(category));
        }
        assert_eq!(Category::from_number(8), None);
    }
}
