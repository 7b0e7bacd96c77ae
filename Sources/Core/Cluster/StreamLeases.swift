import Locking
public import Pipeline

/// The leases of all streams of a daemon: one holder each, however many daemons are configured with them.
public final class StreamLeases: Sendable {
    private struct State {
        var leases: [String: (lease: StreamLease, run: Task<Void, Never>)] = [:]
        /// Those that are finished and then given up.
        var retired: Set<String> = []
        var isClosed = false
    }

    /// What they go by.
    public let terms: LeaseMachine.Terms
    private let bucket: any LeaseBucket
    private let clock: LeaseClock
    private let tell: @Sendable (String, LeaseNews) -> Void
    private let state = Locked(State())

    /// - Parameter tell: told what is new of a stream; it must not wait.
    public init(
        _ terms: LeaseMachine.Terms, in bucket: any LeaseBucket, clock: LeaseClock = .boot,
        tell: @escaping @Sendable (_ stream: String, LeaseNews) -> Void
    ) {
        self.terms = terms
        self.bucket = bucket
        self.clock = clock
        self.tell = tell
    }

    /// The same source, of which a receiver runs only while its lease is held.
    public func leased(_ source: any Source) -> any Source { LeasedSource(source, self) }

    /// The lease of a stream, which is tried for from now on.
    func lease(of stream: String) -> StreamLease {
        state.withLock { state in
            if let lease = state.leases[stream]?.lease {
                // It comes back while what it brought is being finished.
                if state.retired.remove(stream) != nil { lease.goOn() }
                return lease
            }
            let lease = StreamLease(of: stream, terms, in: bucket, clock: clock) { [tell] in tell(stream, $0) }
            // After the end it asks nobody for anything.
            if state.isClosed { lease.leave() }
            state.leases[stream] = (lease, Task { await lease.run() })
            return lease
        }
    }

    private func present(_ stream: String) -> StreamLease? { state.withLock { $0.leases[stream]?.lease } }

    /// Whether a message of a stream may be published at this moment.
    public func permit(for stream: String) -> LeasePermit { present(stream)?.permit ?? .abandoned }

    /// Where streams go on, as the local store has it now: it goes to the bucket with the next renewal.
    func note(_ checkpoints: [Checkpoint]) {
        for checkpoint in checkpoints where checkpoint.tenure > 0 {
            guard let position = checkpoint.leased else { continue }
            present(checkpoint.stream)?.note(position, tenure: checkpoint.tenure)
        }
    }

    /// How the streams are held, by their names.
    public var statuses: [String: LeaseStatus] { state.withLock(\.leases).mapValues(\.lease.status) }

    /// Gives up the streams that are not among these, once what they brought is done.
    public func retain(_ names: Set<String>, within limit: Duration = .seconds(30)) {
        let gone = state.withLock { state in
            let gone = state.leases.filter { !names.contains($0.key) && !state.retired.contains($0.key) }
            state.retired.formUnion(gone.keys)
            return gone
        }
        for (name, (lease, _)) in gone {
            Task {
                await lease.finish(within: limit)
                let isGone = state.withLock { state in
                    guard state.retired.remove(name) != nil else { return false }
                    state.leases[name] = nil
                    return true
                }
                if isGone { lease.leave() }
            }
        }
    }

    /// Gives a stream up to whoever stands by, once what it brought is done.
    ///
    /// - Returns: why not, in words; nil: it was given up.
    public func handOver(_ stream: String, within limit: Duration = .seconds(10)) async -> String? {
        guard let lease = present(stream) else { return "there is no lease of it" }
        return await lease.handOver(within: limit)
    }

    /// Gives up all of them. To be called when what they brought is done.
    public func close() async {
        let leases = state.withLock { state in
            state.isClosed = true
            return Array(state.leases.values)
        }
        for (lease, _) in leases { lease.leave() }
        for (_, run) in leases { await run.value }
    }
}
