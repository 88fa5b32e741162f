import JolApp
import SwiftUI

/// Where an answer to a message is pasted, and what it says.
public struct ReplyPage: View {
    private let model: ReplyModel

    /// Shows what was pasted last.
    public init(model: ReplyModel) {
        self.model = model
    }

    public var body: some View {
        ScrollView {
            VStack(spacing: 16) {
                ForEach(model.replies, id: \.self) { card($0) }
                if let trouble = model.trouble {
                    Text(verbatim: trouble)
                }
                // With the system's own word. It asks for no permission, for nothing else reads the clipboard.
                PasteButton(payloadType: String.self) { [model] copied in
                    Task { await model.paste(copied) }
                }
            }
            .padding(16)
        }
    }

    private func card(_ reply: Reply) -> some View {
        VStack(alignment: .leading, spacing: 12) {
            Text(verbatim: reply.says).font(.headline)
            if let number = reply.number {
                Text(verbatim: number).font(.title)
            }
            if let next = reply.next {
                Text(verbatim: next)
            }
            if let senders = reply.senders {
                Text(verbatim: senders)
            }
        }
        .frame(maxWidth: .infinity, alignment: .leading)
        .accessibilityElement(children: .combine)
    }
}
