// What an operator does to stop the streams for a while.
extension Application {
    /// Pauses a stream, or all of them: nothing more of it is admitted, so its receiver waits, and the server with it.
    /// The connection stays. A pause that there was before is replaced.
    ///
    /// - Parameters:
    ///   - stream: its name; nil: all.
    ///   - time: after which it goes on by itself; nil: when it is resumed.
    /// - Returns: the names of the streams that are paused by it.
    @discardableResult
    public func pause(_ stream: String? = nil, for time: Duration? = nil) throws(StreamCommandError) -> [String] {
        try intake.pause(stream, time.map { .time(runtime.elapsed + $0) } ?? .resumed)
    }

    /// Ends the pause of a stream, or of all of them, and a ``standDown()``. A stream that its server told to stop is tried again,
    /// if it is named, and one that waits for its next try is tried at once.
    ///
    /// - Parameter stream: its name; nil: all.
    /// - Returns: the names of the streams that are read again by it.
    @discardableResult
    public func resume(_ stream: String? = nil) async throws(StreamCommandError) -> [String] {
        let resumed = try intake.resume(stream)
        guard let stream else { return resumed }
        if let place = intake.places.first(where: { $0.name == stream })?.place, intake.endWait(place) {
            return [stream]
        }
        let hasRestarted = await commands.perform { [intake, streams] in
            guard let place = intake.places.first(where: { $0.name == stream })?.place,
                intake.hasFailed(place)
            else { return false }
            intake.renew(place)
            await streams.restart(.stream(stream))
            return true
        }
        return hasRestarted ? [stream] : resumed
    }

    /// Pauses all streams, those that a reload adds included, and lets the pool finish what is in process. It stays so until
    /// ``resume(_:)``. What was read and is not admitted stays where it is.
    ///
    /// - Returns: how many messages are in process.
    @discardableResult
    public func standDown() throws(StreamCommandError) -> Int {
        try intake.drain()
        return ledger.snapshot.inFlight
    }
}
