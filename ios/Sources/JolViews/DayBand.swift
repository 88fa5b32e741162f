import JolApp
import SwiftUI

/// The operator's colour and word of the day, for a driver's eye. The word goes to and fro, so that a
/// picture of it gives itself away; where the passenger reduced motion it stands still.
struct DayBand: View {
    let day: TicketScreen.Day
    @Environment(\.accessibilityReduceMotion) private var reducesMotion
    @State private var isAcross = false

    /// Slow enough to be read by somebody who glances up.
    private static let secondsAcross = 4.0

    var body: some View {
        Text(verbatim: day.word)
            .font(.system(size: 28, weight: .bold))
            .lineLimit(1)
            .foregroundStyle(Color(day.ink))
            .padding(8)
            .frame(maxWidth: .infinity, alignment: isAcross ? .trailing : .leading)
            .background(Color(day.colour))
            .onAppear { move() }
            .onChange(of: reducesMotion) { move() }
    }

    private func move() {
        guard !reducesMotion else {
            isAcross = false
            return
        }
        withAnimation(.linear(duration: Self.secondsAcross).repeatForever(autoreverses: true)) {
            isAcross = true
        }
    }
}

extension Color {
    fileprivate init(_ tint: Tint) {
        self.init(red: tint.red, green: tint.green, blue: tint.blue)
    }
}
