//! What the design rests on, each taken away by itself: the simulator must notice.

use clap::ValueEnum;

/// A part of the design that is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, ValueEnum)]
pub enum Weakness {
    /// Each tap is a new payment: the phone keeps no key at all.
    NewKeyEachTap,
    /// The phone keeps keys in memory: started again, it sends what is not known under a new one.
    NewKeyAtStart,
    /// The operator charges whatever comes, ridden already or not.
    NoRideRule,
    /// The operator charges an intent however late it comes.
    LateIntentCharges,
    /// The operator charges on a run that is over.
    ClosedRunCharges,
    /// The operator that forgot an answer does not look whether a ride bears the key.
    NoRideByKey,
    /// What a carrier answers late is charged, whatever was paid meanwhile.
    SettlesBlind,
    /// The operator charges its own price, whatever stood on the button.
    OwnPrice,
    /// The carrier lets a number spend whose SIM was just replaced.
    NoSimWait,
    /// The phone asks nothing when it is started.
    NoQuestionAtStart,
    /// The phone believes what nobody signed.
    BelievesUnsigned,
    /// The phone says "not paid" when it has waited for ten minutes.
    GuessesNotPaid,
    /// The phone sets its clock by an answer that the operator gave hours ago and repeats.
    RepeatsTellTime,
    /// The phone keeps the messages that it opened in memory.
    MessagesInMemory,
    /// What a back-up holds as not known yet is not asked for.
    NoQuestionAfterRestore,
    /// An answer that was overtaken brings back a ride that was given back.
    OvertakenAnswers,
    /// The operator takes the money of a reservation each time it comes.
    ReservesEachTime,
    /// The operator charges a voucher's use whatever paid that ride.
    UsesBesideOtherWays,
    /// The operator pays what was given back each time it is asked.
    ReturnsEachTime,
    /// The phone keeps in memory which rides of a voucher it used.
    UsesInMemory,
    /// The phone rides on with a voucher of which the operator tells more uses than it knows.
    UsesOutlivedVoucher,
    /// The operator that forgot its answer to a voucher's report answers once more that nothing moved.
    ReportsAnsweredOnce,
    /// The operator enters a till's sale as of the moment when it is told.
    SalesAreNow,
    /// The phone believes a text that says "paid".
    BelievesReplies,
    /// The operator charges a message each time the carrier delivers it, ridden already or not.
    MessagesEachTime,
    /// The operator charges a message however late the carrier delivers it.
    LateMessagesCharge,
    /// The operator gives the money of a ride back each time it is asked.
    RefundsEachTime,
}

impl Weakness {
    /// All of them.
    pub const ALL: [Weakness; 27] = [
        Weakness::NewKeyEachTap,
        Weakness::NewKeyAtStart,
        Weakness::NoRideRule,
        Weakness::LateIntentCharges,
        Weakness::ClosedRunCharges,
        Weakness::NoRideByKey,
        Weakness::SettlesBlind,
        Weakness::OwnPrice,
        Weakness::NoSimWait,
        Weakness::NoQuestionAtStart,
        Weakness::BelievesUnsigned,
        Weakness::GuessesNotPaid,
        Weakness::RepeatsTellTime,
        Weakness::MessagesInMemory,
        Weakness::NoQuestionAfterRestore,
        Weakness::OvertakenAnswers,
        Weakness::ReservesEachTime,
        Weakness::UsesBesideOtherWays,
        Weakness::ReturnsEachTime,
        Weakness::UsesInMemory,
        Weakness::UsesOutlivedVoucher,
        Weakness::ReportsAnsweredOnce,
        Weakness::SalesAreNow,
        Weakness::BelievesReplies,
        Weakness::MessagesEachTime,
        Weakness::LateMessagesCharge,
        Weakness::RefundsEachTime,
    ];

    /// Whether the operator is without it, and not the phone. On the level `core` the phone is whole.
    pub fn is_the_operators(self) -> bool {
        matches!(
            self,
            Weakness::NoRideRule
                | Weakness::LateIntentCharges
                | Weakness::ClosedRunCharges
                | Weakness::NoRideByKey
                | Weakness::SettlesBlind
                | Weakness::OwnPrice
                | Weakness::NoSimWait
                | Weakness::ReservesEachTime
                | Weakness::UsesBesideOtherWays
                | Weakness::ReturnsEachTime
                | Weakness::ReportsAnsweredOnce
                | Weakness::SalesAreNow
                | Weakness::MessagesEachTime
                | Weakness::LateMessagesCharge
                | Weakness::RefundsEachTime
        )
    }
}
