import JolCore

extension JolProtocol {
    /// Tells of each change of the wallet from now on, and ends what it tells once the wallet is shut.
    func changes(telling tell: AsyncStream<Void>.Continuation) -> Task<Void, Never> {
        let first = revision()
        // Not a child of whoever asks: a wait in the core ends with the next change, not by cancelling.
        return Task {
            var seen = first
            while !Task.isCancelled {
                let now = await nextChange(after: seen)
                // A wallet that is shut answers at once with what it answered before.
                if now <= seen { break }
                seen = now
                tell.yield()
            }
            tell.finish()
        }
    }
}
