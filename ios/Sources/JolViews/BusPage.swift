import JolApp
import SwiftUI

/// A bus that was named, or is looked for: its signs as on the ticket, what speaks against it, and the tap that pays.
public struct BusPage: View {
    private let model: BusModel
    private let receiver: (any Receiver)?

    /// Shows the bus that was named last. With a receiver it is looked for as long as the page is there.
    public init(model: BusModel, lookingWith receiver: (any Receiver)? = nil) {
        self.model = model
        self.receiver = receiver
    }

    public var body: some View {
        ScrollView {
            VStack(spacing: 16) {
                if let says = model.says {
                    Text(verbatim: says)
                }
                ForEach(model.choices, id: \.vehicle) { choice($0) }
                if let offer = model.offer {
                    HStack(spacing: 20) {
                        Text(verbatim: offer.line).font(.title)
                        Text(verbatim: offer.bus).font(.title)
                    }
                    .accessibilityElement(children: .combine)
                    ForEach(offer.warnings, id: \.self) { Text(verbatim: $0) }
                    Button { [model] in
                        Task { await model.pay() }
                    } label: {
                        Text(verbatim: offer.button).font(.title)
                    }
                }
                if let trouble = model.trouble {
                    Text(verbatim: trouble)
                }
            }
            .padding(16)
        }
        .task {
            if let receiver { await model.look(with: receiver) }
        }
    }

    private func choice(_ bus: BusChoice) -> some View {
        Button { [model] in
            Task { await model.choose(bus.vehicle) }
        } label: {
            HStack(spacing: 20) {
                Text(verbatim: bus.line).font(.title)
                Text(verbatim: bus.bus).font(.title)
            }
        }
    }
}
