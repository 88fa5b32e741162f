#if canImport(UIKit)
    import JolApp
    import UIKit

    extension Messages.Opening {
        /// Has the phone open it, for `Messages`: false where no app does.
        @MainActor public func open() async -> Bool {
            await UIApplication.shared.open(url, options: [.universalLinksOnly: onlyInItsApp])
        }
    }
#endif
