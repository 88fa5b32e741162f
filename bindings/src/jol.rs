use jol_core::account::{Account, Phone};
use jol_core::city::fares::{CategoryRule, PointOfSale, TopUpProvider, Vehicle};
use jol_core::detect::{CompanyView, Fix, Sighting, TypedBus};
use jol_core::follow::{JourneyPrice, LiveJourney, StopBoard};
use jol_core::geo::Point;
use jol_core::jol::{
    CardAccount, CityState, FoundPlace, GetOffView, Jol as Core, JolError, MessageView, NearStop, NfcStep,
    NoticesOf, OfflineRides, Opening, OutgoingMessage, PendingView, ReceiptDetails, ReplyView, Restored,
    ScannedCode, SentTicket, TicketView, ToSign,
};
use jol_core::kept::{KeptLine, KeptPlace, KeptTrip, PlaceRole, RecentPlace, RecentTrip, SavedJourney};
use jol_core::money::Money;
use jol_core::operator::wire::{
    Card, CardForm, CardWish, CitySummary, DeviceWish, HeldPass, OperatorInfo, Terms,
};
use jol_core::pay::message::{MessengerRule, SmsRule};
use jol_core::pay::offline::{Boarded, Boarding, GiveBack, OfflineQuote};
use jol_core::pay::{
    Changeable, CorrectionQuote, Payment, Quote, Refund, RideChange, Source, SupportCall, Way,
};
use jol_core::plan::{Departure, Direction, Endpoint, Journey, Line, Plan, PlanNote, PlanQuery};
use jol_core::qr::QrCode;
use jol_core::realtime::NoticeView;
use jol_core::text::Language;
use jol_core::travel::{ExportFormat, Month, MonthSum, TravelEntry, TravelExport, TravelPage, TravelQuery};
use jol_core::wallet::{
    BankLink, CardLookup, CardView, Category, Offer, PassengerGroup, Purchase, SourceView, TopUp,
};
use std::sync::Arc;

/// The passenger's side.
#[derive(uniffi::Object)]
pub struct Jol(pub(crate) Arc<Core>);

#[uniffi::export]
impl Jol {
    #[uniffi::constructor]
    pub fn open(opening: Opening) -> Result<Arc<Jol>, JolError> {
        Ok(Arc::new(Jol(Arc::new(Core::open(opening)?))))
    }

    pub fn shut(&self) {
        self.0.close();
    }

    pub fn revision(&self) -> u64 {
        self.0.revision()
    }

    pub async fn next_change(&self, after: u64) -> u64 {
        self.0.next_change(after).await
    }

    pub fn drain(&self, deadline_ms: u64) -> Result<u32, JolError> {
        self.0.drain(deadline_ms)
    }

    pub fn network_changed(&self) -> Result<(), JolError> {
        self.0.network_changed()
    }

    pub fn set_language(&self, language: Language) {
        self.0.set_language(language);
    }

    pub fn language(&self) -> Language {
        self.0.language()
    }

    // --- Account ---

    pub fn account(&self) -> Result<Account, JolError> {
        self.0.account()
    }

    pub fn operator(&self) -> Result<Option<OperatorInfo>, JolError> {
        self.0.operator()
    }

    pub fn terms(&self) -> Result<Option<Terms>, JolError> {
        self.0.terms()
    }

    pub fn accept_terms(&self, version: u32) -> Result<(), JolError> {
        self.0.accept_terms(version)
    }

    pub fn sign_in(&self, to: &str) -> Result<(), JolError> {
        self.0.sign_in(to)
    }

    pub fn enter_code(&self, code: &str) -> Result<(), JolError> {
        self.0.enter_code(code)
    }

    pub fn enrolment_to_sign(&self, public_key: Vec<u8>) -> Result<Vec<u8>, JolError> {
        self.0.enrolment_to_sign(&public_key)
    }

    pub fn enrol(
        &self,
        public_key: Vec<u8>,
        signature: Vec<u8>,
        attestation: Option<String>,
    ) -> Result<(), JolError> {
        self.0.enrol(&public_key, &signature, attestation)
    }

    pub fn sign_out(&self) -> Result<(), JolError> {
        self.0.sign_out()
    }

    pub fn phones(&self) -> Result<Vec<Phone>, JolError> {
        self.0.phones()
    }

    pub fn change_phone(&self, phone: &str, to: DeviceWish) -> Result<(), JolError> {
        self.0.change_phone(phone, to)
    }

    pub fn rebuilt(&self) -> Option<String> {
        self.0.rebuilt()
    }

    pub fn new_recovery_code(&self) -> String {
        self.0.new_recovery_code()
    }

    pub fn back_up(&self, recovery_code: &str) -> Result<Vec<u8>, JolError> {
        self.0.back_up(recovery_code)
    }

    pub fn restore(&self, back_up: Vec<u8>, recovery_code: &str) -> Result<Restored, JolError> {
        self.0.restore(&back_up, recovery_code)
    }

    pub fn refresh(&self) -> Result<(), JolError> {
        self.0.refresh()
    }

    // --- City ---

    pub fn cities(&self) -> Result<Vec<CitySummary>, JolError> {
        self.0.cities()
    }

    pub fn refresh_cities(&self) -> Result<(), JolError> {
        self.0.refresh_cities()
    }

    pub fn choose_city(&self, city: &str) -> Result<(), JolError> {
        self.0.choose_city(city)
    }

    pub fn city(&self) -> Result<CityState, JolError> {
        self.0.city()
    }

    pub fn vehicles(&self) -> Result<Vec<Vehicle>, JolError> {
        self.0.vehicles()
    }

    // --- Wallet ---

    pub fn categories(&self) -> Result<Vec<CategoryRule>, JolError> {
        self.0.categories()
    }

    pub fn points_of_sale(&self) -> Result<Vec<PointOfSale>, JolError> {
        self.0.points_of_sale()
    }

    pub fn top_up_providers(&self) -> Result<Vec<TopUpProvider>, JolError> {
        self.0.top_up_providers()
    }

    pub fn sms_rule(&self) -> Result<Option<SmsRule>, JolError> {
        self.0.sms_rule()
    }

    pub fn messenger_rule(&self) -> Result<Option<MessengerRule>, JolError> {
        self.0.messenger_rule()
    }

    pub fn cards(&self) -> Result<Vec<Card>, JolError> {
        self.0.cards()
    }

    pub fn register_card(&self, category: Category, name: &str) -> Result<(), JolError> {
        self.0.register_card(category, name)
    }

    pub fn register(
        &self,
        category: Category,
        form: CardForm,
        name: &str,
        child: bool,
    ) -> Result<(), JolError> {
        self.0.register(category, form, name, child)
    }

    pub fn card_views(&self) -> Result<Vec<CardView>, JolError> {
        self.0.card_views()
    }

    pub fn rename_card(&self, card: &str, name: &str) -> Result<(), JolError> {
        self.0.rename_card(card, name)
    }

    pub fn order_cards(&self, order: Vec<String>) -> Result<(), JolError> {
        self.0.order_cards(order)
    }

    pub fn default_source(&self) -> Result<Option<Source>, JolError> {
        self.0.default_source()
    }

    pub fn set_default_source(&self, source: Option<Source>) -> Result<(), JolError> {
        self.0.set_default_source(source)
    }

    pub fn default_category(&self) -> Result<Category, JolError> {
        self.0.default_category()
    }

    pub fn set_default_category(&self, category: Category) -> Result<(), JolError> {
        self.0.set_default_category(category)
    }

    pub fn claim_card(&self, number: &str, code: &str, name: &str, child: bool) -> Result<(), JolError> {
        self.0.claim_card(number, code, name, child)
    }

    pub fn look_up_card(&self, number: &str, code: Option<String>) -> Result<(), JolError> {
        self.0.look_up_card(number, code.as_deref())
    }

    pub fn card_lookup(&self) -> Result<Option<CardLookup>, JolError> {
        self.0.card_lookup()
    }

    pub fn change_card(&self, card: &str, wish: CardWish) -> Result<(), JolError> {
        self.0.change_card(card, wish)
    }

    pub fn move_card(&self, from: &str, to: &str) -> Result<(), JolError> {
        self.0.move_card(from, to)
    }

    pub fn offers(&self) -> Result<Vec<Offer>, JolError> {
        self.0.offers()
    }

    pub fn buy(&self, offer: Offer, source: Source) -> Result<String, JolError> {
        self.0.buy(&offer, source)
    }

    pub fn purchases(&self) -> Result<Vec<Purchase>, JolError> {
        self.0.purchases()
    }

    pub fn passes(&self) -> Result<Vec<HeldPass>, JolError> {
        self.0.passes()
    }

    pub fn card_to_sign(&self, card: &str) -> Result<ToSign, JolError> {
        self.0.card_to_sign(card)
    }

    pub fn present_card(&self, card: &str, slot: u32, signature: Vec<u8>) -> Result<QrCode, JolError> {
        self.0.present_card(card, slot, &signature)
    }

    pub fn card_accounts(&self) -> Result<Vec<CardAccount>, JolError> {
        self.0.card_accounts()
    }

    pub fn sources(&self) -> Result<Vec<SourceView>, JolError> {
        self.0.sources()
    }

    pub fn link_bank_card(&self) -> Result<(), JolError> {
        self.0.link_bank_card()
    }

    pub fn bank_link(&self) -> Result<Option<BankLink>, JolError> {
        self.0.bank_link()
    }

    pub fn refresh_bank_link(&self) -> Result<(), JolError> {
        self.0.refresh_bank_link()
    }

    pub fn top_up(&self, card_number: &str, provider: &str, sum: Money) -> Result<String, JolError> {
        self.0.top_up(card_number, provider, sum)
    }

    pub fn top_ups(&self) -> Result<Vec<TopUp>, JolError> {
        self.0.top_ups()
    }

    pub fn returned_from_bank(&self, link: &str) -> Result<(), JolError> {
        self.0.returned_from_bank(link)
    }

    pub fn top_up_text(&self, key: &str) -> Result<String, JolError> {
        self.0.top_up_text(key)
    }

    pub fn refresh_top_ups(&self) -> Result<(), JolError> {
        self.0.refresh_top_ups()
    }

    pub fn spent_from(&self, source: Source) -> Result<Money, JolError> {
        self.0.spent_from(&source)
    }

    // --- Journeys ---

    pub fn places(&self, typed: &str, near: Option<Point>, limit: u32) -> Result<Vec<FoundPlace>, JolError> {
        self.0.places(typed, near, limit)
    }

    pub fn plan(&self, query: PlanQuery) -> Result<Plan, JolError> {
        self.0.plan(&query)
    }

    pub fn plan_later(&self, query: PlanQuery, plan: Plan) -> Result<Plan, JolError> {
        self.0.plan_later(&query, &plan)
    }

    pub fn plan_earlier(&self, query: PlanQuery, plan: Plan) -> Result<Plan, JolError> {
        self.0.plan_earlier(&query, &plan)
    }

    pub fn plan_after_missing(
        &self,
        query: PlanQuery,
        journey: Journey,
        ride: u32,
    ) -> Result<Plan, JolError> {
        self.0.plan_after_missing(&query, &journey, ride)
    }

    pub fn note_text(&self, note: PlanNote) -> Result<String, JolError> {
        self.0.note_text(note)
    }

    pub fn moment_text(&self, ms: i64) -> Result<String, JolError> {
        self.0.moment_text(ms)
    }

    pub fn journey_shape(&self, journey: Journey) -> Result<Vec<Vec<Point>>, JolError> {
        self.0.journey_shape(&journey)
    }

    pub fn stops_near(&self, point: Point, limit: u32) -> Result<Vec<NearStop>, JolError> {
        self.0.stops_near(point, limit)
    }

    pub fn lines(&self) -> Result<Vec<Line>, JolError> {
        self.0.lines()
    }

    pub fn line_directions(&self, line_id: &str) -> Result<Vec<Direction>, JolError> {
        self.0.line_directions(line_id)
    }

    pub fn line_timetable(&self, line_id: &str, stop: &str, at_ms: i64) -> Result<Vec<Departure>, JolError> {
        self.0.line_timetable(line_id, stop, at_ms)
    }

    pub fn board(&self, stop: &str, limit: u32) -> Result<StopBoard, JolError> {
        self.0.board(stop, limit)
    }

    pub fn live_journey(&self, journey: Journey) -> Result<LiveJourney, JolError> {
        self.0.live_journey(&journey)
    }

    pub fn watch_get_off(&self, journey: Journey, leg: u32) -> Result<GetOffView, JolError> {
        self.0.watch_get_off(&journey, leg)
    }

    pub fn get_off(&self, fix: Option<Fix>) -> Result<Option<GetOffView>, JolError> {
        self.0.get_off(fix.as_ref())
    }

    pub fn forget_get_off(&self) -> Result<(), JolError> {
        self.0.forget_get_off()
    }

    pub fn plan_instead(&self, query: PlanQuery, journey: Journey, leg: u32) -> Result<Plan, JolError> {
        self.0.plan_instead(&query, &journey, leg)
    }

    pub fn journey_prices(
        &self,
        journey: Journey,
        category: Category,
    ) -> Result<Vec<JourneyPrice>, JolError> {
        self.0.journey_prices(&journey, category)
    }

    pub fn notices(&self, of: NoticesOf) -> Result<Vec<NoticeView>, JolError> {
        self.0.notices(&of)
    }

    // --- What the passenger keeps ---

    pub fn keep_place(&self, role: PlaceRole, name: &str, at: Endpoint) -> Result<String, JolError> {
        self.0.keep_place(role, name, &at)
    }

    pub fn kept_places(&self) -> Result<Vec<KeptPlace>, JolError> {
        self.0.kept_places()
    }

    pub fn keep_line(&self, line_id: &str) -> Result<String, JolError> {
        self.0.keep_line(line_id)
    }

    pub fn kept_lines(&self) -> Result<Vec<KeptLine>, JolError> {
        self.0.kept_lines()
    }

    pub fn keep_trip(&self, name: &str, query: PlanQuery) -> Result<String, JolError> {
        self.0.keep_trip(name, &query)
    }

    pub fn kept_trips(&self) -> Result<Vec<KeptTrip>, JolError> {
        self.0.kept_trips()
    }

    pub fn forget_kept(&self, id: &str) -> Result<(), JolError> {
        self.0.forget_kept(id)
    }

    pub fn forget_all_kept(&self) -> Result<(), JolError> {
        self.0.forget_all_kept()
    }

    pub fn remember_search(&self, query: PlanQuery) -> Result<(), JolError> {
        self.0.remember_search(&query)
    }

    pub fn recent_places(&self) -> Result<Vec<RecentPlace>, JolError> {
        self.0.recent_places()
    }

    pub fn recent_trips(&self) -> Result<Vec<RecentTrip>, JolError> {
        self.0.recent_trips()
    }

    pub fn forget_recents(&self) -> Result<(), JolError> {
        self.0.forget_recents()
    }

    pub fn save_journey(&self, query: PlanQuery, journey: Journey) -> Result<String, JolError> {
        self.0.save_journey(&query, &journey)
    }

    pub fn saved_journeys(&self) -> Result<Vec<SavedJourney>, JolError> {
        self.0.saved_journeys()
    }

    pub fn refresh_saved_journey(&self, id: &str) -> Result<SavedJourney, JolError> {
        self.0.refresh_saved_journey(id)
    }

    // --- Finding the bus ---

    pub fn observe(&self, fix: Fix) -> Result<Sighting, JolError> {
        self.0.observe(&fix)
    }

    pub fn observe_beacon(&self, data: Vec<u8>, rssi_dbm: i8) -> Result<Sighting, JolError> {
        self.0.observe_beacon(&data, rssi_dbm)
    }

    pub fn sighting(&self) -> Result<Sighting, JolError> {
        self.0.sighting()
    }

    pub fn sighting_text(&self) -> Result<String, JolError> {
        self.0.sighting_text()
    }

    pub fn next_fix_in_ms(&self) -> Result<Option<i64>, JolError> {
        self.0.next_fix_in_ms()
    }

    pub fn bus_doubts(&self, vehicle: &str) -> Result<Vec<String>, JolError> {
        self.0.bus_doubts(vehicle)
    }

    pub fn look_for_bus(&self, looks: bool) -> Result<(), JolError> {
        self.0.look_for_bus(looks)
    }

    pub fn forget_sighting(&self) -> Result<(), JolError> {
        self.0.forget_sighting()
    }

    pub fn whom_to_call(&self) -> Result<Vec<SupportCall>, JolError> {
        self.0.whom_to_call()
    }

    pub fn bus_by_number(&self, typed: &str) -> Result<Vehicle, JolError> {
        self.0.bus_by_number(typed)
    }

    pub fn bus_typed(&self, typed: &str) -> Result<TypedBus, JolError> {
        self.0.bus_typed(typed)
    }

    pub fn ride_company(&self, ride: &str) -> Result<CompanyView, JolError> {
        self.0.ride_company(ride)
    }

    pub fn bus_by_code(&self, text: &str) -> Result<Vehicle, JolError> {
        self.0.bus_by_code(text)
    }

    pub fn scan(
        &self,
        luma: &[u8],
        width: u32,
        height: u32,
        row_stride: u32,
        rotation_degrees: u16,
    ) -> Result<Vec<ScannedCode>, JolError> {
        self.0.scan(luma, width, height, row_stride, rotation_degrees)
    }

    pub fn what_is_on_tag(&self, message: Vec<u8>) -> Result<ScannedCode, JolError> {
        self.0.what_is_on_tag(&message)
    }

    pub fn nfc_respond(&self, ride: Option<String>, command: Vec<u8>) -> NfcStep {
        self.0.nfc_respond(ride.as_deref(), &command)
    }

    pub fn nfc_signed(&self, signature: Option<Vec<u8>>) -> Result<Vec<u8>, JolError> {
        self.0.nfc_signed(signature.as_deref())
    }

    pub fn nfc_gone(&self) {
        self.0.nfc_gone();
    }

    pub fn what_is(&self, text: &str) -> Result<ScannedCode, JolError> {
        self.0.what_is(text)
    }

    // --- Paying ---

    pub fn quote(
        &self,
        vehicle: &str,
        way: Way,
        source: Source,
        passengers: Vec<PassengerGroup>,
        one_more: bool,
    ) -> Result<Quote, JolError> {
        self.0.quote(vehicle, way, source, passengers, one_more)
    }

    pub fn pay(&self, quote: Quote, signature: Option<Vec<u8>>) -> Result<String, JolError> {
        self.0.pay(&quote, signature.as_deref())
    }

    pub fn payment(&self, key: &str) -> Result<Payment, JolError> {
        self.0.payment(key)
    }

    pub fn payments(&self) -> Result<Vec<Payment>, JolError> {
        self.0.payments()
    }

    // --- Paying by a message ---

    pub fn message(
        &self,
        vehicle: &str,
        way: Way,
        passengers: Vec<PassengerGroup>,
    ) -> Result<OutgoingMessage, JolError> {
        self.0.message(vehicle, way, passengers)
    }

    pub fn message_opened(&self, message: OutgoingMessage) -> Result<(), JolError> {
        self.0.message_opened(&message)
    }

    pub fn message_not_sent(&self, message: &str) -> Result<(), JolError> {
        self.0.message_not_sent(message)
    }

    pub fn messages(&self) -> Result<Vec<MessageView>, JolError> {
        self.0.messages()
    }

    pub fn take_message(&self, text: &str) -> Result<Vec<ReplyView>, JolError> {
        self.0.take_message(text)
    }

    // --- Giving a ride back, putting it on another bus ---

    pub fn changeable(&self, ride: &str) -> Result<Changeable, JolError> {
        self.0.changeable(ride)
    }

    pub fn refund(&self, ride: &str) -> Result<String, JolError> {
        self.0.refund(ride)
    }

    pub fn quote_correction(&self, ride: &str, vehicle: &str) -> Result<CorrectionQuote, JolError> {
        self.0.quote_correction(ride, vehicle)
    }

    pub fn correct(&self, quote: CorrectionQuote) -> Result<String, JolError> {
        self.0.correct(&quote)
    }

    pub fn ride_changes(&self, ride: &str) -> Result<Vec<RideChange>, JolError> {
        self.0.ride_changes(ride)
    }

    pub fn ride_change(&self, key: &str) -> Result<RideChange, JolError> {
        self.0.ride_change(key)
    }

    pub fn ride_change_text(&self, key: &str) -> Result<String, JolError> {
        self.0.ride_change_text(key)
    }

    pub fn refund_text(&self, refund: Refund) -> Result<String, JolError> {
        self.0.refund_text(&refund)
    }

    // --- Offline rides ---

    pub fn quote_offline(
        &self,
        rides: u8,
        source: Source,
        passengers: Vec<PassengerGroup>,
    ) -> Result<OfflineQuote, JolError> {
        self.0.quote_offline(rides, source, passengers)
    }

    pub fn reserve_offline(&self, quote: OfflineQuote, signature: Vec<u8>) -> Result<String, JolError> {
        self.0.reserve_offline(&quote, &signature)
    }

    pub fn offline_rides(&self) -> Result<OfflineRides, JolError> {
        self.0.offline_rides()
    }

    pub fn refresh_offline_rides(&self) -> Result<(), JolError> {
        self.0.refresh_offline_rides()
    }

    pub fn boarding(&self, bus: &str, terminal: Option<String>) -> Result<Boarding, JolError> {
        self.0.boarding(bus, terminal.as_deref())
    }

    pub fn board_offline(&self, boarding: Boarding, signature: Vec<u8>) -> Result<Boarded, JolError> {
        self.0.board_offline(&boarding, &signature)
    }

    pub fn quote_give_back(&self, voucher: &str) -> Result<GiveBack, JolError> {
        self.0.quote_give_back(voucher)
    }

    pub fn give_back(&self, giving: GiveBack, signature: Vec<u8>) -> Result<(), JolError> {
        self.0.give_back(&giving, &signature)
    }

    // --- Tickets and Travel Details ---

    pub fn tickets(&self) -> Result<Vec<TicketView>, JolError> {
        self.0.tickets()
    }

    pub fn ticket(&self, ride: &str) -> Result<TicketView, JolError> {
        self.0.ticket(ride)
    }

    pub fn to_sign(&self, ride: &str, challenge: Option<Vec<u8>>) -> Result<ToSign, JolError> {
        self.0.to_sign(ride, challenge.as_deref())
    }

    pub fn present(
        &self,
        ride: &str,
        slot: u32,
        challenge: Option<Vec<u8>>,
        signature: Option<Vec<u8>>,
    ) -> Result<QrCode, JolError> {
        self.0.present(ride, slot, challenge.as_deref(), signature.as_deref())
    }

    pub fn move_ticket_here(&self, ride: &str) -> Result<(), JolError> {
        self.0.move_ticket_here(ride)
    }

    pub fn receiver_code(&self) -> Result<QrCode, JolError> {
        self.0.receiver_code()
    }

    pub fn send_ticket(
        &self,
        ride: &str,
        receiver: &str,
        passengers: Vec<PassengerGroup>,
    ) -> Result<String, JolError> {
        self.0.send_ticket(ride, receiver, passengers)
    }

    pub fn sent_tickets(&self, ride: &str) -> Result<Vec<SentTicket>, JolError> {
        self.0.sent_tickets(ride)
    }

    pub fn sent_code(&self, key: &str) -> Result<QrCode, JolError> {
        self.0.sent_code(key)
    }

    pub fn receive_ticket(&self, text: &str) -> Result<String, JolError> {
        self.0.receive_ticket(text)
    }

    pub fn pending(&self) -> Result<Vec<PendingView>, JolError> {
        self.0.pending()
    }

    pub fn intent_to_sign(&self, payment: &str, challenge: Option<Vec<u8>>) -> Result<ToSign, JolError> {
        self.0.intent_to_sign(payment, challenge.as_deref())
    }

    pub fn present_intent(
        &self,
        payment: &str,
        slot: u32,
        challenge: Option<Vec<u8>>,
        signature: Vec<u8>,
    ) -> Result<QrCode, JolError> {
        self.0.present_intent(payment, slot, challenge.as_deref(), &signature)
    }

    pub fn travel_details(&self, query: TravelQuery) -> Result<TravelPage, JolError> {
        self.0.travel_details(&query)
    }

    pub fn travel_entry(&self, id: &str) -> Result<TravelEntry, JolError> {
        self.0.travel_entry(id)
    }

    pub fn travel_months(&self) -> Result<Vec<Month>, JolError> {
        self.0.travel_months()
    }

    pub fn export(&self, query: TravelQuery, format: ExportFormat) -> Result<TravelExport, JolError> {
        self.0.export(&query, format)
    }

    pub fn month_sum(&self, at_ms: i64) -> Result<MonthSum, JolError> {
        self.0.month_sum(at_ms)
    }

    pub fn receipt(&self, key: &str) -> Result<ReceiptDetails, JolError> {
        self.0.receipt(key)
    }
}
