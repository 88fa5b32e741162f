import JolApp
import SwiftUI

/// The valid ticket: line and bus large for a driver's eye, the code for the inspector's phone.
public struct TicketView: View {
    private let model: TicketModel
    private let nowMs: @MainActor () -> Int64

    /// A ticket that keeps its minutes by this clock: the core's ticket time, in ms since 1970.
    public init(model: TicketModel, nowMs: @escaping @MainActor () -> Int64) {
        self.model = model
        self.nowMs = nowMs
    }

    public var body: some View {
        ScrollView {
            VStack(spacing: 16) {
                HStack(spacing: 24) {
                    number(model.screen.line, label: model.words.line)
                    number(model.screen.bus, label: model.words.bus)
                }
                if let code = model.code {
                    CodeView(code: code, label: model.words.code)
                        .frame(maxWidth: 420)
                        .keepsScreenOnAndBright()
                }
                Text(verbatim: model.screen.until).font(.headline)
                Text(verbatim: model.paidAgo)
                ForEach(model.passengers, id: \.self) { Text(verbatim: $0) }
                Text(verbatim: model.sum).font(.title)
            }
            .padding(16)
            .opacity(model.ended ? 0.5 : 1)
        }
        .task {
            while !Task.isCancelled {
                model.tick(nowMs: nowMs())
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }

    private func number(_ text: String, label: String) -> some View {
        Text(verbatim: text)
            .font(.system(size: 72, weight: .bold))
            .lineLimit(1)
            .minimumScaleFactor(0.4)
            .accessibilityLabel(Text(verbatim: "\(label) \(text)"))
    }
}
