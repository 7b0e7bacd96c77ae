public import ControlAPI
import Pipeline

// What an operator sees beside the status: the answers of the tree, in the terms of the API.
extension ApplicationControl {
    /// It waits a moment for supervisors that are busy; one that does not answer in time has a note.
    public func tree() async -> Tree {
        let root = TreeNode(await application.tree())
        return Tree(uptimeSeconds: application.status.uptime / .seconds(1), root: root)
    }

    /// The streams, as in the status.
    public func streams() async -> Streams { Streams(streams: await status().streams) }

    /// The living workers, by supervisor and name.
    public func workers() async -> Workers {
        Workers(workers: application.directSupervisors.flatMap { look in look.workers.map { Worker($0, of: look) } })
    }

    /// What the daemon lives by.
    public func configuration() async -> RunningConfiguration { host.configuration }

    /// The same as ``ControlPlane/top()``.
    public func top() async -> Top {
        let (supervisors, history) = (application.directSupervisors, application.loadHistory.all)
        let held = supervisors.flatMap(\.workers).compactMap { worker in worker.holds.map { (worker.id.name, $0) } }
        let workers = supervisors.flatMap { look in look.workers.map { Worker($0, of: look) } }
        let slowest = held.sorted { $0.1.heldFor > $1.1.heldFor }.prefix(20)
        return Top(
            status: await status(), supervisors: supervisors.map(SupervisorLoad.init),
            slowest: slowest.map { HeldBy(worker: $0.0, message: HeldMessage($0.1)) },
            history: History(
                intervalSeconds: LoadHistory.interval / .seconds(1), inFlight: history.map(\.inFlight),
                ratePerSecond: history.map { ($0.ratePerSecond * 10).rounded() / 10 },
                directSupervisors: history.map(\.directSupervisors)),
            workers: workers.contains { $0.pid != nil } ? workers : nil)
    }

    /// It takes half a second.
    ///
    /// - Throws: ``ErrorCode/precondition`` where there is no broker by which others could be asked.
    public func whole(_ request: WholeRequest) async throws(ControlFailure) -> Whole {
        try await host.whole(request.part, of: self)
    }

    /// The same as ``ControlPlane/events(_:)``.
    public func events(_ request: EventsRequest) async -> Events {
        let (events, next, missed) = application.events(
            of: request.kinds.inTree, after: request.after, limit: request.limit ?? EventsRequest.defaultLimit)
        return Events(events: events.map(ControlAPI.Event.init), next: next, missed: missed)
    }

    /// - Throws: ``ErrorCode/unavailable`` if too many follow already.
    public func follow(_ subscription: EventsSubscription) async throws(ControlFailure) -> AsyncStream<ControlAPI.Event>
    {
        let events = try Self.admitted(
            application.follow(subscription.kinds.inTree, after: subscription.after), to: "follow the events")
        return AsyncStream { await events.next().map(ControlAPI.Event.init) }
    }

    /// The same as ``ControlPlane/decisions(_:)``.
    public func decisions(_ request: DecisionsRequest) async -> Decisions {
        let (scaling, all) = (application.status.scaling, application.foldedDecisions)
        let now = application.now
        return Decisions(
            mode: scaling.pinned == nil ? .auto : .manual, target: scaling.target,
            automatic: scaling.pinned == nil ? nil : all.last?.decision.unpinned,
            decisions: all.suffix(request.limit ?? DecisionsRequest.defaultLimit).map { Decision($0, at: now) })
    }

    /// The same as ``ControlPlane/crashes(_:)``.
    public func crashes(_ request: CrashesRequest) async -> Crashes {
        Crashes(crashes: application.crashes(limit: request.limit ?? CrashesRequest.defaultLimit).map(Crash.init))
    }

    /// - Throws: ``ErrorCode/notFound`` for one that is not kept any more, or never was.
    public func crash(_ request: CrashDetailRequest) async throws(ControlFailure) -> Crash {
        guard let crash = application.crash(numbered: request.id) else {
            throw ControlFailure(
                .notFound, "there is no crash \(request.id), or it is no longer kept",
                hint: "ptrctl explain crash shows the last ones")
        }
        return Crash(crash)
    }

    /// - Throws: ``ErrorCode/badRequest`` for a stage that is none, ``ErrorCode/unavailable`` if too many tap already.
    public func tap(_ subscription: TapSubscription) async throws(ControlFailure) -> AsyncStream<TapItem> {
        try subscription.check()
        let stage = TapStage(rawValue: subscription.stage.rawValue)
        let tap = try Self.admitted(
            stage.flatMap { application.tap($0, text: subscription.text.map { Array($0.utf8) }) },
            to: "tap the messages")
        return AsyncStream { await tap.next().map(TapItem.init) }
    }

    private static func admitted<Reader>(_ reader: Reader?, to what: String) throws(ControlFailure) -> Reader {
        if let reader { return reader }
        throw ControlFailure(
            .unavailable, "as many as can be served \(what) already", hint: "end one of them and try again")
    }

    /// The same as ``ControlPlane/metrics()``; empty if nothing measures.
    public func metrics() async -> String {
        application.updateMetrics()
        return exposition()
    }

    /// The audit trail.
    public func note(_ audit: AuditRecord) async {
        var fields = audit.caller.map { ["uid": "\($0.uid)", "gid": "\($0.gid)", "pid": "\($0.pid)"] } ?? [:]
        fields["request"] = audit.request
        fields["refusal"] = audit.refusal.map { "\($0)" }
        let who = audit.caller?.words ?? "somebody whom the kernel does not name"
        let text = audit.refusal.map { "\(who) was refused: \(audit.request): \($0)" } ?? "\(who): \(audit.request)"
        application.note(.control, audit.refusal == nil ? .notice : .warning, text, fields: fields)
    }
}

extension [ControlAPI.Event.Kind] {
    /// The kinds in the tree's terms; none is all.
    fileprivate var inTree: Set<TreeEvent.Kind> {
        isEmpty ? Set(TreeEvent.Kind.allCases) : Set(compactMap { TreeEvent.Kind(rawValue: $0.rawValue) })
    }
}
