import JolApp
import SwiftUI

/// What comes to a stop, and what the operator says of it.
public struct BoardPage: View {
    private let model: BoardModel

    /// A board that stays true as long as the page is there.
    public init(model: BoardModel) {
        self.model = model
    }

    public var body: some View {
        ScrollView {
            VStack(alignment: .leading, spacing: 16) {
                if let trouble = model.trouble {
                    Text(verbatim: trouble)
                }
                if let board = model.screen {
                    Text(verbatim: board.stop).font(.title)
                    ForEach(board.says, id: \.self) { Text(verbatim: $0) }
                    ForEach(Array(board.rows.enumerated()), id: \.offset) { row($0.element) }
                    ForEach(Array(board.notices.enumerated()), id: \.offset) { notice($0.element) }
                }
            }
            .padding(16)
        }
        .task { await model.run() }
    }

    private func row(_ row: BoardScreen.Row) -> some View {
        HStack(spacing: 16) {
            Text(verbatim: row.line).font(.title)
            VStack(alignment: .leading) {
                Text(verbatim: row.headsign).strikethrough(!row.comes)
                Text(verbatim: row.known)
            }
            .frame(maxWidth: .infinity, alignment: .leading)
            Text(verbatim: row.time).strikethrough(!row.comes).font(.title)
        }
        .opacity(row.comes ? 1 : 0.6)
        .accessibilityElement()
        .accessibilityLabel(Text(verbatim: row.spoken))
    }

    private func notice(_ notice: BoardScreen.Notice) -> some View {
        VStack(alignment: .leading) {
            Text(verbatim: notice.title).font(.headline)
            if !notice.text.isEmpty {
                Text(verbatim: notice.text)
            }
        }
    }
}
