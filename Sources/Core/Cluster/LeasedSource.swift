import NIOCore
public import Pipeline

/// A source of which a receiver runs only while its lease is held. Where it goes on is what the bucket has of it.
struct LeasedSource: Source {
    private let source: any Source
    private let leases: StreamLeases

    init(_ source: any Source, _ leases: StreamLeases) {
        self.source = source
        self.leases = leases
    }

    var name: String { source.name }
    var location: String { source.location }
    var identity: [UInt8] { source.identity }
    var fullIdentity: [UInt8] { source.fullIdentity }
    var eventLocation: @Sendable () -> [UInt8] { source.eventLocation }
    var positions: PositionPolicy { source.positions }
    var downAfter: Duration { source.downAfter }
    var filter: EventFilter? { source.filter }
    var wantsNotices: Bool { source.wantsNotices }

    func settled(_ notices: [SettlementNotice]) { source.settled(notices) }

    func continues(_ former: any Source) -> Bool { source.continues((former as? LeasedSource)?.source ?? former) }

    func run(_ intake: StreamIntake) async throws {
        let lease = leases.lease(of: name)
        lease.begin(intake)
        while true {
            if lease.tenure == nil { intake.standsBy() }
            let tenure = try await lease.wait { lease.tenure }
            if intake.tenure != tenure.number { takeOver(tenure, lease, intake) }
            try await receive(in: tenure, lease, intake)
        }
    }

    private func takeOver(_ tenure: StreamLease.Tenure, _ lease: StreamLease, _ intake: StreamIntake) {
        guard let position = tenure.position else {
            // Nobody has stored anything of it. What an earlier life knows holds, but for one that has lost the stream since.
            return intake.takeOver(tenure.number, after: nil, anew: intake.tenure > 0)
        }
        guard position.source == intake.eventOrigin, position.lastEventID.isFieldValue else {
            lease.tell(otherSource: position.location)
            return intake.takeOver(tenure.number, after: nil, anew: true)
        }
        intake.takeOver(tenure.number, after: position.checkpoint(of: name), anew: true)
    }

    /// Receives until the tenure is over.
    private func receive(
        in tenure: StreamLease.Tenure, _ lease: StreamLease, _ intake: StreamIntake
    ) async throws {
        lease.receives(true)
        defer { lease.receives(false) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [source] in try await source.run(intake) }
            group.addTask {
                _ = try await lease.wait { () -> Bool? in
                    lease.tenure?.number == tenure.number ? nil : true
                }
            }
            defer { group.cancelAll() }
            // A source ends by a throw only, which is a crash, or the end of the task.
            try await group.next()
            group.cancelAll()
            while let end = await group.nextResult() {
                if case .failure(let error) = end, !(error is CancellationError) { throw error }
            }
        }
        try Task.checkCancellation()
    }
}

extension Checkpoint {
    /// As every node can read it; nil: it was made by nobody who knows where the stream comes from.
    var leased: LeasedPosition? {
        guard let origin else { return nil }
        return LeasedPosition(
            location: location ?? "", source: origin, lastEventID: lastEventID, openRun: openRun)
    }
}

extension LeasedPosition {
    func checkpoint(of stream: String) -> Checkpoint {
        Checkpoint(
            stream: stream, lastEventID: lastEventID, location: location, openRun: openRun)
    }
}
