import Ledger
import Supervision

/// Is told what happens in the ledger and in the tree, by whoever does it. It must not wait: the tree does.
package protocol Observer: BodyObserver {
    /// Something happened.
    func note(_ happening: Happening)
    /// How the body of an incarnation of a worker ended, before its supervisor sees the worker's end.
    func note(_ postMortem: PostMortem, of incarnation: UInt64)
    /// Messages were done, and workers spent so long on each of them.
    func noteExecutions(_ durations: DurationRuns)
    /// flow_manager has looked at the whole.
    func noteTick(_ load: LoadMeasure, _ streams: [StreamStatus], at now: Duration)
    /// Whether somebody wants to see the messages that go by. Cheap: it is asked for each batch.
    var isTapped: Bool { get }
    /// Messages that went by.
    func show(_ messages: WatchedMessages, at now: Duration)
    /// The tree has ended: nothing more comes.
    func end()
}

/// Something that happened: small, and put into words only when somebody wants to read it.
package enum Happening: Sendable {
    case supervision(SupervisionEvent)
    /// The autoscaler, or an operator, has decided on the size of the pool, perhaps that it stays.
    case decided(ScalingDecision)
    /// The size was pinned by an operator, or follows the load again (nil).
    case pinned(Int?, before: Int?, by: String?)
    case deadLettered(DeadLetter)
    case breaker(CircuitBreaker.Change)
    case outage(HandlerOutage.Change)
    case state(StateChange)
    case worker(WorkerEvent)

    /// How writing the state goes.
    package enum StateChange: Sendable, Hashable {
        case failed(String)
        case drops
        case recovered
    }
}

/// The measures of one moment.
public struct LoadMeasure: Sendable, Hashable {
    /// Messages in flight.
    public var inFlight: Int
    /// Messages settled a second.
    public var ratePerSecond: Double
    /// Living direct supervisors.
    public var directSupervisors: Int
}
