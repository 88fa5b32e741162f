import JolApp
import Observation

/// Does something and waits until a view would be told to draw the ticket anew, or the test is over.
@MainActor func change(of model: TicketModel, when act: () -> Void) async {
    let (told, tell) = AsyncStream.makeStream(of: Void.self)
    withObservationTracking {
        _ = (model.screen, model.trouble)
    } onChange: {
        // Told before the value is set, on the main actor, where this waits too: it goes on after it.
        tell.yield()
    }
    act()
    for await _ in told { return }
}

/// Does something and waits until what a view shows is so.
@MainActor func until(
    _ model: TicketModel, when act: () -> Void = {}, _ holds: (TicketModel) -> Bool
) async {
    act()
    while !holds(model), !Task.isCancelled { await change(of: model) {} }
}
