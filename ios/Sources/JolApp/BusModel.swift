import Foundation
import JolCore
import Observation

/// A bus that was named, by its code, its number or a proposal, or is looked for, and the ride that one tap pays there.
@MainActor
@Observable
public final class BusModel {
    /// The ride; none before the bus was named, and if it cannot be paid.
    public private(set) var offer: BusOffer?
    /// Why it cannot be paid, in words.
    public private(set) var trouble: String?
    /// The payment that has this ride, once there is one: its screen follows.
    public private(set) var payment: String?
    /// What is known of the bus that is looked for, in words.
    public private(set) var says: String?
    /// The buses that it may be, if there is more than one.
    public private(set) var choices: [BusChoice] = []
    private var isLooking = false
    private let jol: any JolProtocol
    private let key: any PhoneKey
    /// How often a bus was named: what comes late of an earlier one does not count.
    private var named = 0

    /// Nothing is named yet.
    public init(jol: any JolProtocol, key: any PhoneKey) { (self.jol, self.key) = (jol, key) }

    /// The operator's id of a bus. Asked again, what speaks against it is said as it is known by then.
    public func name(_ vehicle: String, way: Way) async {
        named += 1
        await trying {
            let offer = try await offered(vehicle, way)
            return { (self.offer, self.payment) = (offer, offer.quote.paidBy) }
        }
    }

    /// Looks for the passenger's bus until it is cancelled, or one is chosen or paid. Where the receiver may tell
    /// nothing, it says what else there is.
    public func look(with receiver: any Receiver) async {
        isLooking = true
        _ = await receiver.isAllowed()
        do {
            try await looks(true)
            show(try await sighting(nil))
            try await receiver.fixes {
                self.isLooking && self.payment == nil ? try await self.nextMs() : nil
            } _: { fix in
                let seen = try await self.sighting(fix)
                self.show(seen)
                guard self.isLooking, case .proposed(let bus, _) = seen.sighting else { return }
                await self.name(bus.vehicle, way: .app)
            }
        } catch is CancellationError {
            // The page is gone.
        } catch {
            let error = error as? JolError ?? .Internal(what: "\(error)")
            trouble = errorText(error: error, language: jol.language())
        }
        isLooking = false
        // A wallet that was shut looks for nothing.
        try? await looks(false)
    }

    /// The passenger says which of the buses it is.
    public func choose(_ vehicle: String) async {
        (isLooking, choices) = (false, [])
        await name(vehicle, way: .app)
    }

    /// The tap. A second one pays nothing.
    public func pay() async {
        guard let quote = offer?.quote, payment == nil else { return }
        // What is found from here on changes nothing below the passenger's finger.
        isLooking = false
        await trying {
            let signature = try? await key.sign(quote.toSign)
            let payment = try await paid(quote, signature)
            return { self.payment = payment }
        }
    }

    private func show(_ seen: Seen) {
        guard isLooking else { return }
        says = seen.text
        choices = []
        if case .choose(let candidates, _) = seen.sighting { choices = candidates.map(BusChoice.init) }
        if case .proposed = seen.sighting { return }
        offer = nil
    }

    /// Acts; what came of it is shown unless another bus was named meanwhile.
    private func trying(_ act: @MainActor () async throws -> @MainActor () -> Void) async {
        let mine = named
        do {
            let show = try await act()
            guard mine == named else { return }
            show()
            trouble = nil
        } catch {
            guard mine == named else { return }
            offer = nil
            let error = error as? JolError ?? .Internal(what: "\(error)")
            trouble = errorText(error: error, language: jol.language())
        }
    }

    /// Off the main actor, as all that reads the wallet.
    nonisolated private func offered(_ vehicle: String, _ way: Way) async throws -> BusOffer {
        let category = try jol.defaultCategory()
        let quote = try jol.quote(
            vehicle: vehicle, way: way, source: try jol.defaultSource() ?? .phoneBalance,
            passengers: [PassengerGroup(category: category, count: 1)], oneMore: false)
        return BusOffer(quote, language: jol.language())
    }

    nonisolated private func looks(_ looks: Bool) async throws { try jol.lookForBus(looks: looks) }

    nonisolated private func nextMs() async throws -> Int64? { try jol.nextFixInMs() }

    nonisolated private func sighting(_ fix: Fix?) async throws -> Seen {
        let sighting = try fix.map { try jol.observe(fix: $0) } ?? jol.sighting()
        return Seen(sighting: sighting, text: try jol.sightingText())
    }

    nonisolated private func paid(_ quote: Quote, _ signature: Data?) async throws -> String {
        try jol.pay(quote: quote, signature: signature)
    }
}

/// What the core knows of the bus, and the same in words.
private struct Seen: Sendable {
    let sighting: Sighting
    let text: String
}

/// A bus that it may be.
public struct BusChoice: Equatable, Sendable {
    /// The operator's id of it.
    public var vehicle: String
    /// The line as its sign says it; empty if nobody says.
    public var line: String
    /// The number painted on the bus.
    public var bus: String

    init(_ candidate: Candidate) {
        (vehicle, line, bus) = (candidate.vehicle, candidate.line ?? "", candidate.label)
    }
}

/// What one tap pays, in the core's words.
public struct BusOffer: Equatable, Sendable {
    /// The line as its sign says it.
    public var line: String
    /// The number painted on the bus.
    public var bus: String
    /// That a message may have paid, and what speaks against it that this is the passenger's bus.
    public var warnings: [String]
    /// What stands on the button, with the sum.
    public var button: String
    let quote: Quote

    init(_ quote: Quote, language: Language) {
        self.quote = quote
        (line, bus) = (quote.vehicle.line, quote.vehicle.painted)
        warnings = (quote.warning.map { [$0] } ?? []) + quote.doubts
        button = words(language: language, message: "pay-button", fill: ["sum": sumText(sum: quote.fare)])
    }
}
