/// What is done with messages: the seam for new work. There is one for a whole pool.
///
/// Each incarnation of a worker gets a **body** of its own, with a life: it starts, handles one hand of messages after another,
/// and stops. What a body holds (a process, a connection, a buffer) is no other worker's. For work that needs none of that, see
/// ``MessageHandler``.
public protocol Handler: Sendable {
    /// What a worker wants to have in hand.
    var demand: Demand { get }
    /// How long a body may take to stop in good order. When the whole tree stops it has less, if this is more than a few seconds.
    var stopGrace: Duration { get }
    /// Makes the body of a worker's incarnation. It should do nothing yet: what takes time or may fail belongs into
    /// ``WorkerBody/start()``.
    func makeBody(of worker: WorkerHandle) -> any WorkerBody
}

extension Handler {
    /// Enough for what is no process.
    public var stopGrace: Duration { .milliseconds(1500) }
}

/// What a worker wants to have in hand.
public struct Demand: Sendable, Hashable {
    /// So many messages at once, at most.
    public var batch: Int
    /// So many bytes of events at once, at most, unless one alone has more.
    public var batchBytes: Int
    /// How long a hand that is not full waits for more, from when its oldest message was received; zero: not at all.
    public var within: Duration
    /// So many hands at once, at most.
    public var prefetch: Int
    /// How long a worker may take over a hand of several messages; nil: as long as over one.
    public var timeout: Duration?

    /// Makes a demand; without arguments, of one message at a time.
    public init(
        batch: Int = 1, batchBytes: Int = 1 << 20, within: Duration = .zero, prefetch: Int = 1, timeout: Duration? = nil
    ) {
        self.batch = max(batch, 1)
        self.batchBytes = max(batchBytes, 1)
        self.within = max(within, .zero)
        self.prefetch = max(prefetch, 1)
        self.timeout = timeout
    }
}

/// The life of one incarnation of a worker.
///
/// Its calls come from the worker's own task, one after another; only ``Hand``s may be answered from anywhere.
public protocol WorkerBody: AnyObject, Sendable {
    /// Makes it ready. May take its time, and throw: then the worker waits, for 1 s at first and for 60 s at most, and tries it
    /// with another body. That costs no message and no supervisor anything.
    func start() async throws -> BodyStart
    /// Handles a hand, and returns when it can take another one; the hand may be answered for later.
    ///
    /// A throw ends the worker: over the message that it had in hand alone, which pays for it; of several none is blamed, and each
    /// is dealt alone the next time. ``BodyEnded`` says that no message is to blame. When the task is cancelled, the worker is to
    /// stop: what is not answered for is dealt again.
    func handle(_ hand: Hand) async throws
    /// There is no other hand just now: what it has kept back of those that it handles is to go out. Must not wait.
    func flush()
    /// Ends it in good order: it owes nothing, and gets nothing more.
    ///
    /// - Parameter grace: how long it may take.
    func stop(within grace: Duration) async
    /// Ends it at once, whatever it has in hand; returns when nothing of that goes on. Only then is it dealt again. A kill message
    /// ends it so, too.
    func kill() async

    // Of a body that is a process. These may be asked from any thread, at any time.

    /// What is seen of it from outside; nil: it is no process, or none lives. Read when somebody looks, and cheap.
    var vitals: BodyVitals? { get }
    /// Sends its process a signal, because an operator wants to see what comes of it.
    ///
    /// - Returns: false: it is no process, or none lives.
    func deliver(signal: Int32) -> Bool
    /// How its last process ended; nil: it has not, or it is no process. Asked when ``stop(within:)`` or ``kill()`` has returned.
    var postMortem: PostMortem? { get }
    /// Why it takes so long, and what helps, if it can tell. Asked when a worker has taken longer than it may, before it is ended; what it
    /// says becomes a part of the reason.
    var delayReason: String? { get }
}

extension WorkerBody {
    /// Is ready at once.
    public func start() async throws -> BodyStart { .ready }
    /// It keeps nothing back.
    public func flush() {}
    /// There is nothing to end.
    public func stop(within grace: Duration) async {}
    /// Stops it, without time to do so in good order.
    public func kill() async { await stop(within: .zero) }
    /// It is no process.
    public var vitals: BodyVitals? { nil }
    /// It is no process.
    public func deliver(signal: Int32) -> Bool { false }
    /// It is no process.
    public var postMortem: PostMortem? { nil }
    /// It cannot tell.
    public var delayReason: String? { nil }
}

/// A body that takes hands from whoever deals them, on their thread, so that its worker is not woken for each.
package protocol DirectBody: WorkerBody {
    /// Takes a hand if it has room for it, without waiting. Answers come later, and not from within. What it takes so it may keep
    /// back until ``WorkerBody/flush()``.
    ///
    /// - Parameter begin: called when there is room: whether the body is still to have it. It must not be given to it otherwise.
    /// - Returns: whether it has it; if not, nothing has happened.
    func take(_ hand: Hand, if begin: () -> Bool) -> Bool
}

/// What a body's start has shown.
public enum BodyStart: Sendable, Hashable {
    /// It works.
    case ready
    /// It may work: its first answer shows that. If it ends before, it could not start.
    case unproven
}

/// A worker, as its body knows it.
public struct WorkerHandle: Sendable {
    /// Its name.
    public let name: String
    /// Whom a body that is a process tells what is worth counting.
    public let observer: any BodyObserver
    private let onEnd: @Sendable (any Error) -> Void

    /// - Parameters:
    ///   - observer: nil: nobody counts.
    ///   - onEnd: what ``ended(_:)`` does.
    public init(
        name: String, observer: (any BodyObserver)? = nil, onEnd: @escaping @Sendable (any Error) -> Void = { _ in }
    ) {
        self.name = name
        self.observer = observer ?? Unobserved()
        self.onEnd = onEnd
    }

    /// Says that the body has ended by itself, while nobody called it. That means what a throw of
    /// ``WorkerBody/handle(_:)`` does; only the first one counts.
    public func ended(_ error: any Error) { onEnd(error) }
}

/// What a body ends with when no message is to blame: its process was ended by a signal that nobody here sent, or it said what
/// makes no sense.
///
/// What it had in hand is given back; from a message's fifth such end on, each costs the message an attempt.
public struct BodyEnded: Error, Sendable, Hashable, CustomStringConvertible {
    /// What happened, for people.
    public var reason: String
    /// Whether somebody outside has ended it, as by SIGKILL: that says nothing about whether it works.
    public var isFromOutside: Bool

    /// Makes one.
    public init(_ reason: String, isFromOutside: Bool = false) {
        self.reason = reason
        self.isFromOutside = isFromOutside
    }

    /// The reason.
    public var description: String { reason }
}
