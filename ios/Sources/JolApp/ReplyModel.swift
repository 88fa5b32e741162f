import Foundation
import JolCore
import Observation

/// What a text says that the passenger pasted as the operator's answer to a message. It proves nothing.
@MainActor
@Observable
public final class ReplyModel {
    /// Each answer in the text, or that there is none.
    public private(set) var replies: [Reply] = []
    /// Why it could not be read, in words.
    public private(set) var trouble: String?
    private let jol: any JolProtocol

    /// Nothing is pasted yet.
    public init(jol: any JolProtocol) { self.jol = jol }

    /// What the passenger's tap on the system's button gave. The clipboard is never read without one.
    public func paste(_ copied: [String]) async {
        do {
            replies = try await take(copied.joined(separator: "\n"))
            trouble = nil
        } catch {
            replies = []
            let error = error as? JolError ?? .Internal(what: "\(error)")
            trouble = errorText(error: error, language: jol.language())
        }
    }

    /// Off the main actor, as all that writes.
    nonisolated private func take(_ text: String) async throws -> [Reply] {
        try jol.takeMessage(text: text).map(Reply.init)
    }
}

/// One answer, in the core's words.
public struct Reply: Equatable, Hashable, Sendable {
    /// What it says.
    public var says: String
    /// The number for the inspector.
    public var number: String?
    /// Why, or what to do.
    public var next: String?
    /// From which numbers genuine answers come.
    public var senders: String?

    init(_ view: ReplyView) {
        (says, number, next, senders) = (view.says, view.number, view.next, view.senders)
    }
}
