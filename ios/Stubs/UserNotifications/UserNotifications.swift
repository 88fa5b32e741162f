// What our notifications use of Apple's UserNotifications, to compile them on Linux. Nothing here runs.
import Foundation

public struct UNAuthorizationOptions: OptionSet, Sendable {
    public let rawValue: UInt
    public init(rawValue: UInt) { self.rawValue = rawValue }
    public static let sound = Self(rawValue: 2)
    public static let alert = Self(rawValue: 4)
}

open class UNNotificationSound: NSObject {
    public class var `default`: UNNotificationSound { fatalError() }
}

open class UNNotificationContent: NSObject {}

open class UNMutableNotificationContent: UNNotificationContent {
    public var title = ""
    public var sound: UNNotificationSound?
}

open class UNNotificationTrigger: NSObject {}

open class UNNotificationRequest: NSObject {
    public init(
        identifier: String, content: UNNotificationContent, trigger: UNNotificationTrigger?
    ) {}
}

open class UNUserNotificationCenter: NSObject, @unchecked Sendable {
    public class func current() -> UNUserNotificationCenter { fatalError() }
    public func requestAuthorization(options: UNAuthorizationOptions) async throws -> Bool { fatalError() }
    public func add(_ request: UNNotificationRequest) async throws {}
}
