#if canImport(UserNotifications)
    import JolApp
    import UserNotifications

    /// Notifications that this phone makes itself, without a server.
    public struct LocalNotifications: Notifications {
        /// None is told yet.
        public init() {}

        public func areAllowed() async -> Bool {
            let center = UNUserNotificationCenter.current()
            return (try? await center.requestAuthorization(options: [.alert, .sound])) ?? false
        }

        public func post(_ text: String) async {
            let content = UNMutableNotificationContent()
            content.title = text
            content.sound = .default
            // The next one takes its place.
            let request = UNNotificationRequest(identifier: "get-off", content: content, trigger: nil)
            // Where it is refused, the page says it.
            try? await UNUserNotificationCenter.current().add(request)
        }
    }
#endif
