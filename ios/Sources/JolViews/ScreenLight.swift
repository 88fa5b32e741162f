import Foundation
import SwiftUI

extension View {
    /// Keeps the screen on and at its brightest while this view is in front, for the scanner's sake.
    func keepsScreenOnAndBright() -> some View { modifier(ScreenLight()) }
}

#if canImport(UIKit)
    import UIKit

    private struct ScreenLight: ViewModifier {
        @Environment(\.scenePhase) private var phase
        /// How bright the passenger had it; none while it is still so.
        @State private var before: CGFloat?

        func body(content: Content) -> some View {
            content
                .onAppear { brighten() }
                .onDisappear { restore() }
                .onChange(of: phase) {
                    if phase == .active { brighten() } else { restore() }
                }
        }

        private func brighten() {
            guard before == nil, let screen else { return }
            before = screen.brightness
            screen.brightness = 1
            UIApplication.shared.isIdleTimerDisabled = true
        }

        private func restore() {
            guard let brightness = before else { return }
            before = nil
            screen?.brightness = brightness
            UIApplication.shared.isIdleTimerDisabled = false
        }

        private var screen: UIScreen? {
            UIApplication.shared.connectedScenes.lazy.compactMap { ($0 as? UIWindowScene)?.screen }.first
        }
    }
#else
    /// A desktop neither dims nor sleeps within one ride.
    private struct ScreenLight: ViewModifier {
        func body(content: Content) -> some View { content }
    }
#endif
