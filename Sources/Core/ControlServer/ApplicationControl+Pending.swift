public import ControlAPI

// What the tree cannot tell or do yet.
extension ApplicationControl {
    private var pending: ControlFailure { ControlFailure(.unavailable, "this daemon cannot do that yet") }

    public func tree() async -> Tree {
        Tree(
            uptimeSeconds: 0,
            root: TreeNode(
                id: "application_supervisor", kind: .supervisor, state: .running, incarnation: 0, restarts: 0))
    }
    public func streams() async -> Streams { Streams(streams: await status().streams) }
    public func workers() async -> Workers { Workers(workers: []) }
    public func top() async -> Top {
        Top(
            status: await status(), supervisors: [], slowest: [],
            history: History(intervalSeconds: 1, inFlight: [], ratePerSecond: [], directSupervisors: []))
    }
    public func events(_ request: EventsRequest) async -> Events { Events(events: [], next: 0, missed: 0) }
    public func follow(_ subscription: EventsSubscription) async -> AsyncStream<Event> { AsyncStream { $0.finish() } }
    public func decisions(_ request: DecisionsRequest) async -> Decisions {
        Decisions(mode: .auto, target: 0, decisions: [])
    }
    public func crashes(_ request: CrashesRequest) async -> Crashes { Crashes(crashes: []) }
    public func crash(_ request: CrashDetailRequest) async throws(ControlFailure) -> Crash { throw pending }
    public func tap(_ subscription: TapSubscription) async -> AsyncStream<TapItem> { AsyncStream { $0.finish() } }
    public func metrics() async -> String { "" }
    public func note(_ audit: AuditRecord) async {}
}
