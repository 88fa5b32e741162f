import Foundation
import JolCore

/// Messages that pay, in the apps that send them. The passenger sends.
@MainActor
public final class Messages {
    /// What became of a tap.
    public enum Opened: Equatable, Sendable {
        /// The app that sends it is in front.
        case now
        /// A tap before this one had it opened.
        case before
        /// No app on this phone sends it.
        case nowhere
    }

    /// What is opened, and in what.
    public struct Opening: Equatable, Sendable {
        /// The SMS, or the link of a messenger.
        public var url: URL
        /// In an app that claims the link as its own, and in no browser: iOS's `universalLinksOnly`. Which of
        /// the apps that the city names it is, iOS lets nobody choose.
        public var onlyInItsApp: Bool
    }

    private let jol: any JolProtocol
    private let openURL: (Opening) async -> Bool
    /// The ids of those that had their tap.
    private var tapped: Set<String> = []

    /// `openURL` has the phone open it, and tells whether it did: `Opening.open` of `JolViews`, given by the page.
    public init(jol: any JolProtocol, openURL: @escaping (Opening) async -> Bool) {
        self.jol = jol
        self.openURL = openURL
    }

    /// The tap: has an app opened with the message written. A message is opened once. Who taps again later has
    /// another one composed, which tells of this one.
    ///
    /// What the core is to remember is written first: once another app is in front, iOS may end this one at any
    /// moment, and a message that was sent and is not remembered lets the passenger pay again without a warning.
    /// One that is remembered and was never opened costs a question to the operator, and the passenger can say
    /// that it was not sent. If no app opens it, that is said here at once.
    public func open(_ message: OutgoingMessage) async throws -> Opened {
        guard let opening = Opening(message) else { return .nowhere }
        guard tapped.insert(message.id).inserted else { return .before }
        do {
            try await remember(message)
        } catch {
            // What is not remembered is not opened: its tap does not count.
            tapped.remove(message.id)
            throw error
        }
        if await openURL(opening) { return .now }
        try await forget(message)
        return .nowhere
    }

    /// Off the main actor, as all that writes.
    nonisolated private func remember(_ message: OutgoingMessage) async throws {
        try jol.messageOpened(message: message)
    }

    nonisolated private func forget(_ message: OutgoingMessage) async throws {
        try jol.messageNotSent(message: message.id)
    }
}

extension Messages.Opening {
    /// None if there is nothing that iOS could open.
    public init?(_ message: OutgoingMessage) {
        let text = message.link ?? "sms:\(Self.escaped(message.to))&body=\(Self.escaped(message.text))"
        guard let url = URL(string: text) else { return nil }
        self.url = url
        onlyInItsApp = message.link != nil && !message.apps.isEmpty
    }

    /// Nothing in it means anything in a URL; a space is no plus sign, which would be sent as one.
    private static func escaped(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: unreserved) ?? ""
    }

    /// RFC 3986, 2.3.
    private static let unreserved = CharacterSet(
        charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
}
