import JolApp
import SwiftUI

/// The ticket: line and bus large for a driver's eye, the code for the inspector's phone. A payment that is
/// not known yet looks the same, says so, and becomes its ticket.
public struct TicketPage: View {
    private let presenter: TicketPresenter
    private let opensBus: @MainActor (String) -> Void

    /// A ticket that is presented as long as the page is there. `opensBus` shows the page of the bus with this
    /// id, on which the passenger seems to be instead.
    public init(presenter: TicketPresenter, opensBus: @escaping @MainActor (String) -> Void) {
        self.presenter = presenter
        self.opensBus = opensBus
    }

    public var body: some View {
        ScrollView {
            VStack(spacing: 16) {
                if let screen = presenter.model.screen {
                    ticket(screen).opacity(screen.isOver ? 0.5 : 1)
                }
                if let trouble = presenter.model.trouble {
                    Text(verbatim: trouble)
                }
                ForEach(presenter.model.calls, id: \.self) { call in
                    Link(destination: call.link) { Text(verbatim: call.text) }
                }
            }
            .padding(16)
        }
        .task { await presenter.run() }
    }

    private func ticket(_ screen: TicketScreen) -> some View {
        VStack(spacing: 16) {
            HStack(spacing: 24) {
                number(screen.line)
                number(screen.bus)
            }
            .accessibilityElement()
            .accessibilityLabel(Text(verbatim: screen.lineAndBus))
            if let day = screen.day {
                DayBand(day: day)
            }
            if let code = screen.code {
                CodeView(code: code, label: screen.hint)
                    .frame(maxWidth: 420)
                    .keepsScreenOnAndBright()
            }
            if !screen.isOver {
                Text(verbatim: screen.hint)
            }
            Text(verbatim: screen.state).font(.headline)
            if let paid = screen.paid {
                Text(verbatim: paid)
            }
            ForEach(screen.passengers, id: \.self) { Text(verbatim: $0).font(.title) }
            Text(verbatim: screen.sum).font(.title)
            if let parted = screen.parted {
                if let bus = screen.instead {
                    Button { [opensBus] in
                        opensBus(bus)
                    } label: {
                        Text(verbatim: parted)
                    }
                } else {
                    Text(verbatim: parted)
                }
            }
        }
    }

    private func number(_ text: String) -> some View {
        Text(verbatim: text)
            .font(.system(size: 72, weight: .bold))
            .lineLimit(1)
            .minimumScaleFactor(0.4)
    }
}
