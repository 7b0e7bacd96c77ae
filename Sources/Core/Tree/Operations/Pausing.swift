import Flow

/// What an operator does to stop the streams for a while.
package struct Pausing: Sendable {
    private let topology: Topology
    private var kernel: ErrorKernel { topology.kernel }

    package init(_ topology: Topology) {
        self.topology = topology
    }

    /// Pauses a stream, or all of them (nil), for a time or until it is resumed. Returns whom.
    package func pause(_ stream: String?, for time: Duration?) throws(StreamCommandError) -> [String] {
        try kernel.intake.pause(stream, until: time.map { kernel.runtime.elapsed + $0 })
    }

    /// Ends the pause of a stream, or of all of them (nil). Returns whom.
    package func resume(_ stream: String?) async throws(StreamCommandError) -> [String] {
        let resumed = try kernel.intake.resume(stream)
        guard let stream else { return resumed }
        if let place = kernel.intake.places.first(where: { $0.name == stream })?.place, kernel.intake.endWait(place) {
            return [stream]
        }
        let hasRestarted = await topology.commands.perform { [kernel, streams = topology.streams] in
            guard let place = kernel.intake.places.first(where: { $0.name == stream })?.place,
                kernel.intake.hasEnded(place)
            else { return false }
            kernel.intake.renew(place, at: kernel.runtime.elapsed)
            await streams.restart(.stream(stream))
            return true
        }
        return hasRestarted ? [stream] : resumed
    }

    /// Pauses all streams, those that are yet to come included. Returns how many messages are in process.
    package func standDown() throws(StreamCommandError) -> Int {
        try kernel.intake.standDown()
        return kernel.ledger.snapshot.inFlight
    }
}
