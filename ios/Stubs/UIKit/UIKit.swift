// What our views use of Apple's UIKit, to compile them on Linux. Nothing here runs.
import Foundation

@MainActor open class UIScreen {
    public var brightness: CGFloat {
        get { fatalError() }
        set {}
    }
}

@MainActor open class UIScene: @preconcurrency Hashable {
    public static func == (left: UIScene, right: UIScene) -> Bool { left === right }
    public func hash(into hasher: inout Hasher) {}
}

@MainActor open class UIWindowScene: UIScene {
    public var screen: UIScreen { fatalError() }
}

@MainActor open class UIApplication {
    public struct OpenExternalURLOptionsKey: Hashable, Sendable {
        public static let universalLinksOnly = Self()
    }
    public static var shared: UIApplication { fatalError() }
    public var isIdleTimerDisabled: Bool {
        get { fatalError() }
        set {}
    }
    public var connectedScenes: Set<UIScene> { fatalError() }
    public func open(_ url: URL, options: [OpenExternalURLOptionsKey: Any] = [:]) async -> Bool {
        fatalError()
    }
}
