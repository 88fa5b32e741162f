import JolApp
import SwiftUI

/// A bus that was named: its signs as on the ticket, what speaks against it, and the tap that pays.
public struct BusPage: View {
    private let model: BusModel

    /// Shows the bus that was named last.
    public init(model: BusModel) {
        self.model = model
    }

    public var body: some View {
        ScrollView {
            VStack(spacing: 16) {
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
    }
}
