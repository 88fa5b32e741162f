/// What the phone tells while another app is in front, or none.
public protocol Notifications: Sendable {
    /// Whether the passenger lets it tell. They are asked the first time.
    func areAllowed() async -> Bool

    /// Tells this now, with a sound.
    func post(_ text: String) async
}
