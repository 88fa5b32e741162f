import JolApp
import SwiftUI

/// The stops around the passenger; each leads to its board.
public struct NearPage: View {
    private let model: NearModel
    private let opensStop: @MainActor (String) -> Void

    /// Stops as of the last fix, as long as the page is there. `opensStop` shows the board of the stop with this id.
    public init(model: NearModel, opensStop: @escaping @MainActor (String) -> Void) {
        self.model = model
        self.opensStop = opensStop
    }

    public var body: some View {
        ScrollView {
            VStack(alignment: .leading, spacing: 16) {
                if let trouble = model.trouble {
                    Text(verbatim: trouble)
                }
                ForEach(model.stops, id: \.id) { row($0) }
            }
            .padding(16)
        }
        .task { await model.run() }
    }

    private func row(_ stop: StopRow) -> some View {
        Button { [opensStop] in
            opensStop(stop.id)
        } label: {
            HStack(spacing: 16) {
                VStack(alignment: .leading) {
                    Text(verbatim: stop.name).font(.headline)
                    Text(verbatim: stop.lines)
                }
                .frame(maxWidth: .infinity, alignment: .leading)
                Text(verbatim: stop.far)
            }
        }
        .accessibilityLabel(Text(verbatim: stop.spoken))
    }
}
