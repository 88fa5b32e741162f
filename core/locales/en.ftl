# Every word that a passenger reads. At most 80 characters a sentence before filling in.
# A message marked "✎" in kk.ftl or ru.ftl waits for a native speaker.

app-name = Jol
sample-city = A sample city. This is not any city's timetable.

## Paying
paid = Paid: { $sum } ₸. Your ticket is ready.
free-ride = Free ride registered. Your ticket is ready.
already-paid = This ride is already paid. You are not charged again.
one-more = One more passenger
not-paid = Not paid. No money was taken.
not-known-yet = Not known yet. We are waiting for the answer. Do not pay again.
not-known-at-check = Show this screen to the inspector. Payment sent at { $time }
pay-button = Pay { $sum } ₸
call = Call { $phone }

## Declines: the reason, then the next step
decline-corporate-line = Company numbers cannot pay here. Choose another way to pay.
decline-trust-credit = You owe money for “{ $service }”. Repay it, then try again.
decline-no-top-up = This number was never topped up. Top it up, then try again.
decline-starting-balance = The SIM’s starting balance is unused. Use it up, then top up.
decline-sim-replaced = SIM replaced less than 24 hours ago. You can pay again: { $time }.
decline-carrier-absent = Your carrier does not take part. Choose another way to pay.
decline-no-money = Not enough money. Top up or choose another way to pay.
decline-over-limit = The limit is reached. Choose another way to pay.
decline-fare-changed = The fare has changed. Look at the new sum and tap again.
decline-unknown-bus = There is no such bus. Check the number on the bus.
decline-run-closed = This bus has ended its run; nothing was charged. Pay on the next bus.
decline-way-not-taken = This bus does not take this way of paying. Choose another.
decline-too-late = The request came too late. Nothing was charged; you can pay again.
decline-category-not-held = Your card does not give this category. Choose another card.
decline-terms-not-accepted = The terms have changed. Read and accept them, then pay.
decline-app-too-old = Update the app to pay. Tickets that you hold still show.
decline-phone-waits = New phone on this number: it pays from { $time }, or once you confirm it.
decline-try-later = It is out of order at the operator’s. Try again in a minute.
decline-offline-rides-off = No rides are sold for buses without a network. Pay on the bus.
decline-offline-rides-ended = Offline rides have ended for this number. Pay each ride online.
decline-refund-too-late = It is too late to give this ride back. The ticket is valid: ride with it.
decline-correction-too-late = It is too late to change the bus. On another bus, pay again.
decline-inspected = An inspector has seen this ticket; it cannot be changed. Keep it.
decline-corrected-before = The bus was changed once already. On another bus, pay again.
decline-rides-there = You have a ticket for that bus. Give this ride back instead.
decline-ride-over = This ride is over, given back, or on another phone. Look at your rides.
decline-paid-elsewhere = Paid at a terminal or in cash: it is given back there. Call the operator.
decline-refunds-ended = Giving back in the app has ended for this number. Call the operator.
decline-call = Questions? Call { $number } ({ $hours }).

## Giving a ride back, putting it on another bus
give-back-button = Give back { $sum } ₸
change-bus-button = Change to bus { $bus }
change-bus-more = Change to bus { $bus }: { $sum } ₸ more
change-bus-back = Change to bus { $bus }: { $sum } ₸ back
refund-asked = You are giving this ride back. We are waiting for the answer.
corrected = The ticket is for the other bus now.
refund-of-nothing = The ride is given back. It was free.
refund-to-phone = { $sum } ₸ goes back to your phone balance, at the latest: { $time }.
refund-if-number-moved = If the number has moved or was closed, ask at the operator’s office.
refund-to-card = { $sum } ₸ is back on your transport card.
refund-in-cash = { $sum } ₸ goes back in cash, where it was paid.
refund-to-bank-card = { $sum } ₸ goes back to your bank card, at the latest: { $time }.
refund-if-card-closed = If that card was closed, your bank has the money.
no-ticket-refunded = No ticket could be issued. The money goes back.

## Tickets
show-it = Show this to the inspector or the driver
show-card = Show the inspector the card that paid
show-number = Tell the inspector this number: { $number }
show-paper = Show the inspector the paper ticket
show-message = Tell the inspector the number in the message
valid-to-terminus = Valid on this bus to the last stop
valid-on-next = The bus broke down. Valid on the line’s next one: { $bus }
valid-to-stop = Valid to { $stop }
valid-until = Valid until: { $time }
valid-in-zone = Valid on this bus in zone { $zone }
ticket-ended = The ride has ended
ticket-refunded = The money went back
ticket-replaced = Another ticket took its place
ticket-elsewhere = This ticket is on another phone. It can be moved to this one.
ticket-coming = The ticket is on its way to this phone.
ticket-received = Paid by a companion
sent-waits = Waiting for the operator
sent-ready = Show this code to the other phone
line-and-bus = Line { $line } · bus { $bus }
minutes-since = Paid { $minutes } min ago

## Finding the bus
which-bus = Which bus are you on?
not-this-bus = Not this bus? You can correct it for { $n } s.
sighting-too-early = Looking for your bus…
sighting-two-alike = Two buses are too close to tell apart. Choose yours.
sighting-silent = Your bus does not report. Scan its code or type its number.
sighting-stale = The buses’ reports are old. Scan the code or type the number.
sighting-mocked = The phone’s position is not real. Scan the code in the bus.
sighting-no-fixes = No position yet. Scan the code in the bus or type its number.
sighting-look = Look at the number painted on the bus first: { $bus }.
sighting-together = It has gone { $metres } m with you, last seen { $age } s ago.
sighting-others =
    { $n ->
        [one] One other bus nearby goes another way.
       *[other] { $n } other buses nearby go another way.
    }
doubt-another = By its way, this is bus { $bus }. Look at the painted number.
doubt-far = Bus { $bus } was { $way } away { $age } ago.
doubt-other-way = By its reports, bus { $bus } does not go your way.
doubt-louder = Bus { $bus } is heard more clearly here. Look at the painted number.
doubt-silent = Bus { $bus } has not reported for { $age }.
company-parted = It looks as if you have left bus { $bus } (line { $line }).
company-other = You seem to be on bus { $bus } of line { $line } now. Pay for it?
far-metres = { $n } m
far-kilometres = { $n } km

## Categories
category-standard = Adult
category-child = Child
category-school = School pupil
category-student = Student
category-senior = Pensioner
category-disabled = Person with a disability
category-veteran = Veteran
category-large-family = Large family

## Journeys
walk = Walk { $metres } m
walk-to = Walk { $metres } m to { $place }
ride = Line { $line } towards { $headsign }
stay-seated = Stay seated: the vehicle goes on as line { $line } towards { $headsign }
walking-estimated = The streets are not mapped here: walking is estimated.
no-service-now = No bus goes now. The first one: { $time }.
no-journey = No journey found.
outside-timetable = The timetable covers { $first } to { $last }.
every = every { $minutes } min
stops-between =
    { $n ->
        [one] { $n } stop between
       *[other] { $n } stops between
    }
journey-sum =
    { $n ->
        [one] { $minutes } min, { $n } ride, { $metres } m on foot
       *[other] { $minutes } min, { $n } rides, { $metres } m on foot
    }
halt-call-operator = { $stop }: the bus stops on request. Call the operator beforehand.
halt-ask-driver = { $stop }: the bus stops on request. Tell the driver.
live = live
timetable = timetable
not-coming = no longer coming
live-age = live, { $age } ago
board-by-timetable = by timetable { $time }
board-bus = no. { $bus }
board-nothing = Nothing leaves here within two hours.
board-old = The live data is { $age } old: times are the timetable’s.
board-no-live = No live times: { $why }
board-later = later: { $notice }
crowding-empty = nearly empty
crowding-seats = many seats free
crowding-few-seats = few seats free
crowding-standing = standing room
crowding-packed = hardly any room
crowding-full = full
today = today
tomorrow = tomorrow

## Signing in, cards, top-ups
office-only = This card is issued at an office only: { $office }. Open: { $hours }.
bring = Bring: { $documents }
topped-up = { $sum } ₸ are on the card. No commission.
waiting-for-bank = Waiting for the bank’s word.
card-active = Active.
card-active-until = { $category }: until { $day }.
card-ends-soon =
    { $n ->
        [one] { $category }: { $n } day left, until { $day }.
       *[other] { $category }: { $n } days left, until { $day }.
    }
card-ends-today = { $category }: today is the last day. Then it rides as standard.
card-ended = { $category }: ended. It rides as standard, with its balance.
card-proof-checked = The proof is being checked. Until then it rides as standard.
card-proof-refused = The proof was refused. It rides as standard, with its balance.
card-proof-refused-why = The proof was refused: { $why }. It rides as standard, with its balance.
card-blocked = Blocked by you. Nobody can pay with it.
card-lost = Lost. Nobody can pay with it; its balance is safe.
card-stopped = Stopped by the operator.
card-moved = Its balance and category are on another card.
card-step-wait = Wait: the operator checks it.
card-step-prove = Bring a new proof to an office.
card-step-unblock = You can open it again.
card-step-move = Move its balance to another card.
card-step-office = Ask at an office.
card-form-virtual = Card in the app
card-form-physical = Plastic card
card-form-qr-app = Card in the app, shown as a code
card-form-qr-printed = Printed code
card-offer = { $form }: { $category }
card-day-limit = Pays at most { $sum } ₸ a day.
card-age-now = just now
card-age-minutes = { $n } min ago
card-age-hours = { $n } h ago
card-age-days = { $n } d ago
top-up-asked = Asking the operator…
top-up-at-bank = Confirm it in { $provider }. It is on the card when the bank tells the operator.
top-up-at-counter = Pay there: { $provider }. Number to name: { $number }
top-up-at-validator = Paid. Hold the card to a validator in a bus by: { $time }.
top-up-at-validator-late = Paid, but not written in time. An office will put it on the card.
bank-card-asked = Asking for the bank’s page…
bank-card-at-bank = Link the card on the bank’s page. Its number stays with the bank.
bank-card-linked = The bank card is linked. You can pay with it.
bank-card-refused = The bank card was not linked. You can try again.

## What went wrong
error-wrong-code = Wrong code. Tries left: { $n }.
error-code-expired = The code is too old. Ask for a new one.
error-bad-number = Check the phone number or the e-mail address.
error-unknown-card = There is no card with this number. Check the digits.
error-card-state = The card cannot do this as it stands.
error-bad-sum = Choose a sum between { $least } and { $most } ₸.
error-sum = Choose another sum.
error-office-only = This card is issued at an office only.
error-unknown-provider = This way of topping up is not available here.
error-unreachable = The operator does not answer. Check the network; we keep trying.
error-not-signed-in = Sign in first.
error-ride-over = The ride is over.
error-not-on-ticket = These passengers are not on the ticket.
error-other-phone = This ticket is for another phone.
error-not-staff = Only the operator’s inspectors may do this.
error-terms = Accept the terms of use first.
error-no-city = Choose a city first.
error-refused = The operator refused the request ({ $code }).
error-slow-down = Too many requests. Wait a minute, then try again.
error-gone = The operator does not have this any more. Refresh the list.
error-not-enrolled = The operator does not know this phone yet. Sign in again.
error-card-code = This card’s code is old or not genuine. Show it anew.
error-not-understood = The operator did not understand this app. Update it.
error-damaged-pack = The city’s file is damaged. It will be fetched anew.
error-damaged-wallet = The wallet’s file is damaged. Open the app again: nothing is erased.
wallet-rebuilt = The wallet’s file was damaged. What could be read is kept, the rest is fetched.
wallet-begun-anew = The wallet’s file cannot be read. Sign in: your rides are fetched again.
error-recovery-code = This recovery code is mistyped: it has 30 digits.
error-back-up = This file cannot be opened with this recovery code.
error-back-up-operator = This back-up belongs to another operator.
error-back-up-account = This back-up belongs to another account.
error-device-waits = This phone waits itself and cannot decide about another one.
phone-waits = This phone is new: it pays from { $time }, or once it is confirmed.
phone-to-confirm = “{ $name }” signed in with your number and waits until { $time }. Is it yours?
error-newer-wallet = The wallet was written by a newer app. Update the app.
error-disk = The phone’s storage is full or refuses. Free some space.
error-not-a-code = This is not one of the operator’s codes.
error-bad-signature = The code is not genuine.
error-no-device-key = This phone’s key is not ready. Sign in again.
error-not-found = There is nothing with this number.
error-place = No such place was found. Check the spelling.
error-too-many = A ticket holds at most { $most } passengers.
error-way = Choose another way to pay.
error-offline-off = The operator sells no rides for buses without a network.
error-offline-ended = Offline rides have ended for this number. Pay each ride online.
error-voucher = No offline ride is left on this phone. Reserve some while online.
error-rides = Choose one to three rides.
error-riding = A ride is under way. Give back the rest after it.
error-no-shift = Open a shift first: none is open, or its time is over.
error-shift-open = Close the open shift first.
error-sale-anew = The price is out of date: begin the sale anew.
error-internal = Something went wrong inside the app. Nothing stored was lost.

## An inspector's verdicts
verdict-valid = Valid
verdict-not-valid = Not valid
verdict-cannot-tell = Cannot tell
reason-not-a-ticket = This is not a ticket.
reason-unknown-version = The ticket’s format is not known. Update the app.
reason-unknown-key = The ticket was not issued by this operator.
reason-bad-signature = The ticket’s signature does not hold.
reason-not-yet-valid = The ticket is not valid yet.
reason-ended = The ride has ended.
reason-no-ride-left = The voucher has fewer rides (rides: { $rides }).
reason-boards-later = The phone says that the ride begins later.
reason-wrong-terminal = The bus’s terminal did not show this code.
reason-revoked = The operator took the ticket back.
reason-replaced = Another ticket took its place.
reason-wrong-vehicle = The ticket was paid on another bus: { $bus }
reason-wrong-challenge = The code does not answer the challenge.
reason-wrong-slot = The code is from another time (seconds: { $age }).
reason-seen-before = This ticket was shown before in this check.
reason-time-unknown = The time is not known: connect to the operator once.
reason-keys-too-old = The keys are too old: connect to the operator once.
reason-device-not-proven = The phone is not proven: the ticket may be a copy.
reason-not-a-number = A paper ticket’s number has ten digits.
reason-unknown-number = No such number was sold on this bus in the last hour.
reason-no-till-key = There is no key of this till for today: connect to the operator.
reason-no-vehicle = Say first which bus is checked: a number holds on one bus.
fact-bought-after = Bought after the check began.
fact-time-by-phone = The time of boarding is by the passenger’s phone.
fact-unattested = No platform vouched for the phone’s key.
fact-answered-challenge = It answered the challenge.
fact-continued = Continued from a bus that broke down.
fact-zone = Only in zone { $zone }.
fact-no-status-list = There is no list of revoked tickets.
reason-not-in-register = Nobody paid with this on this bus.
reason-no-register = There is no list of payments of this bus: connect once.
reason-register-too-old = The list of payments is { $age } old: a later payment is not in it.
reason-terminal-silent = The bus’s terminal has been silent for { $age }: later taps are not known.
reason-asked-before-check = Payment asked for at { $time }, before the check. Not known yet.
reason-asked-after-check = Payment asked for at { $time }, after the check began. Not known yet.
fact-number-only = Only a number was shown: anybody may know it.
fact-last-digits = Not the whole number, only its end.
fact-register-age = The list of payments of the bus is { $age } old.
fact-status-age = The list of revoked tickets is { $age } old.
fact-phone-says-so = Only the passenger’s phone says so. The operator will see if it was paid.
list-keys = Keys
list-status = Revoked tickets
list-register = Payments of the bus
list-terminals = Codes of terminals
list-tills = Tickets for cash
list-none = not fetched yet
list-age = { $age } old
list-too-old = { $age } old: too old, connect to the operator
list-age-unknown = the age is not known without the time
age-seconds = { $n } s
age-minutes = { $n } min
age-hours = { $n } h
age-days = { $n } d
fact-paper = On paper: it can be copied.

## Ways to pay
way-app = in the app
way-bus-qr = code in the bus
way-nfc = phone at the terminal
way-bluetooth = Bluetooth
way-sms = text message
way-messenger = messenger
way-smart-card = transport card
way-qr-card = card as a code
way-bank-card = bank card
way-cash = cash
source-phone-balance = phone balance
source-smart-card = transport card
source-bank-card = bank card

## A journey as it goes
trip-cancelled = Line { $line } at { $time } does not run. Look for another way.
passes-by = The bus passes { $stop } without stopping today.
missed-transfer = The transfer to line { $line } is lost by { $minutes } min.
get-off-soon = Get ready, your stop is coming: { $stop }.
get-off-now = Your stop: { $stop }.
get-off-missed = The bus has passed your stop { $stop }. Get off at the next one.

## Kept places and journeys
home = Home
work = Work
planned-at = Planned: { $time }
refresh-failed = Could not be planned anew: { $time }. Shown as it was.
saved-outside = The timetable here no longer covers this day.
saved-no-timetable = The timetable of this city is not on the phone.

## What the operator says
notice-no-service = No service
notice-reduced-service = Fewer buses than usual
notice-delays = Long delays
notice-detour = Detour
notice-additional-service = More buses than usual
notice-modified-service = Changed service
notice-stop-moved = A stop was moved
notice-accessibility = Step-free access is limited
notice-other = A notice of the operator

## Offline rides
offline-left = Offline rides left: { $left }. Usable until: { $time }
offline-giving-back = Given back. The money returns: { $time }
offline-returned = The money went back: { $sum } ₸
offline-not-here = Not usable on this phone. You can give back the rest.
offline-waiting = Reserved rides: waiting for the answer.
offline-used-up = All rides were used.
offline-ticket = Valid on this bus until: { $time }
offline-minutes-since = On board for { $minutes } min

## What a scanned code is
scan-bus = Genuine: bus { $bus }. Compare the number on the bus.
scan-bus-elsewhere = Genuine: bus { $bus }. The chosen city has no such bus.
scan-bus-no-city = Genuine: bus { $bus }. Choose its city first.
scan-stop = Genuine: stop { $stop }
scan-stop-elsewhere = Genuine: stop { $stop }. The chosen city has no such stop.
scan-own-card = Genuine: your transport card { $card }
scan-card = Genuine: transport card { $card }, not one of yours.
scan-own-shown-card = This is your own card’s code. Hold it to the bus’s terminal.
scan-shown-card = Genuine: the code of somebody else’s card. It does not pay your ride.
scan-own-top-up = It asks to top up your transport card { $card }
scan-top-up = It asks to top up a card that is not yours: { $card }
scan-own-ticket = This is your own ticket: show it to the inspector.
scan-own-ticket-over = This is your own ticket. It holds no longer.
scan-other-ticket = This is somebody else’s ticket. It does not pay your ride.
scan-paper = Genuine: a ticket for cash, bus { $bus }. Show it to the inspector.
scan-own-payment = This is your own payment. The app shows whether it is known yet.
scan-other-payment = This is somebody else’s payment. It does not pay your ride.
scan-parcel = A ticket for this phone. Take it by a tap.
scan-own-phone = This is this phone’s own code.
scan-phone = The code of another phone: you can send it a ticket.
scan-terminal = It says: terminal of bus { $bus }, for rides without a network.
scan-challenge = An inspector’s question. Open your ticket to answer it.
scan-bank = A bank’s payment to “{ $merchant }”. It pays no ride.
scan-bank-unnamed = A bank’s payment code. It pays no ride.
scan-link = A link to { $host }
scan-false-link = Do not open: it pretends to be Jol’s and leads to { $host }
scan-odd-link = Do not open: Jol never writes its links this way.
scan-forged = Not genuine: the operator did not sign it. It says: { $claim }
scan-unchecked = Not checked yet: connect to the operator once. It says: { $claim }
scan-other-operator = Another operator’s ({ $operator }), not checked. It says: { $claim }
scan-claim-bus = bus { $code }
scan-claim-stop = stop { $code }
scan-claim-card = transport card { $code }
scan-claim-ticket = ticket
scan-claim-shown-card = a card’s code

## Paying by a message
message-not-known = Not known yet. If you sent the message, its answer is your ticket.
message-paste = Paste the answer here, or say that you did not send it.
message-may-have-paid = Your message of { $time } may have paid this ride: not known yet.
message-charged-once = Your number is charged once for a ride.
message-says-declined-at = The answer to your message of { $time } says: not paid. Not proven.
message-other-number-paid = Another number has paid by your message of { $time }. A tap pays again.
message-other-number = Your number has no such ride. The SIM that sent the message has it.
message-number = Number for the inspector: { $number }
message-paid = Paid by message. Your ticket is ready.
message-paid-otherwise = This ride is paid in another way. The message is not charged.
message-never-paid = The operator has no ride that this message paid.
message-taken-back = Not sent.
reply-says-paid = The answer says: paid. Not proven until the operator confirms it.
reply-says-already-paid = The answer says: paid before, not charged again. Not proven.
reply-says-declined = The answer says: not paid.
reply-cut-off = The answer is not whole. Copy all of it.
reply-not-operators = This is none of the operator’s answers.
reply-not-operators-next = Trust no such text: only the operator’s word counts.
reply-about-nothing = It is about no message of this phone.
reply-senders = Genuine answers come from: { $numbers }
error-by-message = A message pays for fewer passengers, and for adults only.


## Travel Details and receipts
travel-top-up = Top-up of transport card { $card }
travel-card = Transport card bought
travel-pass = Pass bought: { $pass }
travel-move = Balance transfer: card { $from } → { $to }
travel-moved = Moved: { $sum } ₸
travel-reserved = Offline rides reserved: { $rides }
travel-given-back = Offline rides given back
travel-offline = offline ride
travel-not-told = Used without a network. The operator will hear of it.
travel-paid = Paid: { $sum } ₸
travel-free = Free ride
travel-paid-otherwise = Paid in another way. { $sum } ₸ came back
travel-bank-refused = The bank refused. No money was taken.
travel-refund = Ride given back: { $ride }
travel-correction = On the right bus: { $ride }
travel-replaced = Put on another bus
receipt-plain = Receipt
receipt-fiscal = Fiscal receipt
export-title = Travel Details
export-when = When
export-what = What
export-became = What became of it
export-sum = Sum
