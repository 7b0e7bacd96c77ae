public import CoreMetrics
public import Logging
public import NIOCore
public import Supervision

/// A supervised tree over streams: what it is made of, its life, and what operators do with it.
///
/// This is the manual; the machinery is ``Topology``, ``Life``, ``Snapshot`` and the operations in `Tree`, and `Observation`.
public final class Application: Sendable {
    let topology: Topology
    let observation: Observation
    private let sources: [any Source]
    private let life: Life
    private let snapshot: Snapshot
    private let proof: ProofOfLife

    /// Makes a tree; ``run()`` brings it to life.
    ///
    /// - Parameters:
    ///   - sources: the streams; their names are unique.
    ///   - handler: what the workers do.
    ///   - writers: supervised children that the handler depends on; started first, stopped last.
    ///   - outputTrouble: what holds up the writers, in words; nil when nothing does.
    ///   - hostProblems: what goes wrong around the tree, such as a listener that cannot be had.
    ///   - store: where checkpoints and dead letters go.
    ///   - metrics: where to measure to; those of the process if they have been set up, else nowhere.
    ///   - wallClock: microseconds since 1970.
    public init(
        settings: ApplicationSettings = ApplicationSettings(), sources: [any Source], handler: any Handler,
        writers: [ChildSpecification] = [], outputTrouble: @escaping @Sendable () -> String? = { nil },
        hostProblems: @escaping @Sendable () -> [ApplicationStatus.Problem] = { [] }, store: any StateStore,
        runtime: SupervisionRuntime = SupervisionRuntime(),
        metrics: any MetricsFactory = MetricsSystem.factory, wallClock: @escaping @Sendable () -> Int64, logger: Logger
    ) {
        let kernel = ErrorKernel(settings: settings, sources: sources, runtime: runtime, wallClock: wallClock)
        observation = Observation(kernel, metrics: metrics)
        topology = Topology(
            kernel, sources: sources, handler: handler, writers: writers,
            isOutputBlocked: { outputTrouble() != nil }, store: store, observer: observation, logger: logger)
        self.sources = sources
        life = Life(topology)
        snapshot = Snapshot(topology, outputTrouble: outputTrouble, hostProblems: hostProblems)
        proof = ProofOfLife(topology)
    }

    // MARK: - Life

    /// Reads the positions of the last life, so that the streams go on from there. To be called before ``run()``.
    ///
    /// A position of another source than the stream's is passed over: its id would mean nothing there, or the wrong thing.
    public func recover() async throws { try await Recovery(topology).recover(sources) }

    /// Runs the tree until it has stopped, or has given up.
    public func run() async -> Supervisor.Ending { await life.run() }

    /// Stops the tree at once, in the reverse order of its start. What is in process is left as it is.
    public func stop() { life.stop() }

    /// Stops receiving, and waits until everything that was received is done or the tree has ended, but not longer than
    /// `timeout`.
    ///
    /// Pauses end with it, since what was read is to be finished. The pool does not shrink meanwhile, and may grow. What is
    /// settled by then is stored, if the store takes it in that time. ``stop()`` is still to be called.
    /// - Returns: how many messages are left.
    public func drain(within timeout: Duration) async -> Int { await life.drain(within: timeout) }

    /// What is not stored: all of it, if this is asked after ``run()``.
    public var unstored: UnstoredState { life.unstored }

    /// The tree's time: what ``ScalingDecision/heldUntil`` counts by.
    public var now: Duration { topology.kernel.runtime.now }

    /// Whether it has been told to drain, and takes nothing new.
    public var isStopping: Bool { topology.kernel.flow.isDraining }

    /// What was received and is not settled: in flight, or still waiting for admission.
    public var left: Int { life.left }

    /// What was read and still waits for admission.
    public var waiting: Int { topology.kernel.intake.waiting }

    // MARK: - What it looks like

    /// The state of the whole tree.
    public var status: ApplicationStatus { snapshot.status }

    /// The pool, by number, with all workers.
    public var directSupervisors: [DirectSupervisorSnapshot] { snapshot.directSupervisors }

    /// The living tree, as its supervisors know it; they are asked at the same time.
    ///
    /// One that is busy with a child and does not answer in time is in the tree with a note, and without what only it knows.
    public func tree() async -> TreeSnapshot { await snapshot.tree() }

    /// Why nothing that is admitted gets done at the moment, in words; nil: it does.
    public var obstacle: String? { snapshot.obstacle }

    /// Goes once round the tree and returns when every station has answered: application_supervisor, main_supervisor with its
    /// dealing, flow_manager. One that is being restarted is waited for. Once the tree has ended there is nobody to ask, and it
    /// returns.
    ///
    /// - Parameter asking: told the station that is asked next.
    public func roundTrip(_ asking: @Sendable (String) -> Void) async { await proof.roundTrip(asking) }

    /// For how long messages have waited and workers have been idle without one message being dealt, as seen by its calls; nil:
    /// there was none to deal, nobody to deal to, or something was dealt since the last call.
    public var dealingStalledFor: Duration? { proof.dealingStalledFor }

    // MARK: - What operators do

    /// Sets the number of direct supervisors by hand, or (nil) lets it follow the load again.
    ///
    /// - Parameter who: asked for it, in words; nil: nobody that has a name.
    /// - Returns: what it was before.
    /// - Throws: ``ScaleOutOfBounds`` for a size that the configuration does not allow.
    @discardableResult
    public func scale(to size: Int?, by who: String? = nil) throws(ScaleOutOfBounds) -> Int? {
        try Pinning(topology).scale(to: size, by: who)
    }

    /// Pauses a stream, or all of them: nothing more of it is admitted, so its receiver waits, and the server with it.
    /// The connection stays. A pause that there was before is replaced.
    ///
    /// - Parameters:
    ///   - stream: its name; nil: all.
    ///   - time: after which it goes on by itself; nil: when it is resumed.
    /// - Returns: the names of the streams that are paused by it.
    @discardableResult
    public func pause(_ stream: String? = nil, for time: Duration? = nil) throws(StreamCommandError) -> [String] {
        try Pausing(topology).pause(stream, for: time)
    }

    /// Ends the pause of a stream, or of all of them, and a ``standDown()``. A stream that its server told to stop is tried again,
    /// if it is named, and one that waits for its next try is tried at once.
    ///
    /// - Parameter stream: its name; nil: all.
    /// - Returns: the names of the streams that are read again by it.
    @discardableResult
    public func resume(_ stream: String? = nil) async throws(StreamCommandError) -> [String] {
        try await Pausing(topology).resume(stream)
    }

    /// Pauses all streams, those that a reload adds included, and lets the pool finish what is in process. It stays so until
    /// ``resume(_:)``. What was read and is not admitted stays where it is.
    ///
    /// - Returns: how many messages are in process.
    @discardableResult
    public func standDown() throws(StreamCommandError) -> Int { try Pausing(topology).standDown() }

    /// Goes on by other settings, and with other streams, without losing a message.
    ///
    /// What a removed stream brought is worked on, and its checkpoint stays stored: if it is added again, it goes on there.
    /// A stream that begins anew is stopped and started in its place, after the last id that was admitted. One of the same
    /// name that does not continue the old one (``Source/continues(_:)``) is another stream, and starts without an id.
    ///
    /// - Parameters:
    ///   - settings: taken over but for what is fixed at the start: the size of a direct supervisor, the restart budgets, the
    ///     interval of the store.
    ///   - sources: all streams that there are to be, in their order; their names are unique.
    ///   - renewed: the names of those that are to begin anew because something else about them has changed.
    ///   - accepted: is called when nothing can refuse it any more, and before anything has changed: the moment to change what goes
    ///     with the streams, since one that is added may bring something at once. It must not block.
    /// - Returns: what was done.
    /// - Throws: ``ReloadError``; then nothing has changed.
    @discardableResult
    public func reload(
        _ settings: ApplicationSettings, sources: [any Source], renewed: Set<String> = [],
        accepted: @escaping @Sendable () -> Void = {}
    ) async throws(ReloadError) -> ReloadPlan {
        try await Reload(topology).reload(settings, sources: sources, renewed: renewed, accepted: accepted)
    }

    /// Where a stream stands.
    ///
    /// - Throws: ``PositionError/unknown(_:known:)``.
    public func position(of name: String) throws(PositionError) -> StreamPosition {
        try Positions(topology).position(of: name)
    }

    /// Has a stream go on after another id, as if all up to it were settled.
    ///
    /// Its receiver begins anew. What it brought before is worked on, and moves the new position no more. It is on the disk
    /// when this returns, or ``PositionChange/unstored`` says why not.
    @discardableResult
    public func setPosition(of name: String, to id: ByteBuffer) async throws(PositionError) -> PositionChange {
        try await Positions(topology).setPosition(of: name, to: id)
    }

    /// Drops the position of a stream: it begins anew, as if it had never been read, after its initial event id if it is
    /// configured with one.
    @discardableResult
    public func forgetPosition(of name: String) async throws(PositionError) -> PositionChange {
        try await Positions(topology).forgetPosition(of: name)
    }

    /// Lets a part of the tree end as if it had crashed, and waits for its replacement.
    public func crash(_ target: CrashTarget) async throws(CrashInjectionError) -> CrashReport {
        numbered(try await CrashInjection(topology).crash(target))
    }

    /// Sends the process of a worker a signal, and waits for the replacement if that may end it.
    ///
    /// - Parameter worker: its name; nil: any that is a process.
    /// - Throws: ``CrashInjectionError/noProcess(_:)`` where workers are no processes.
    public func send(_ signal: Int32, to worker: String?) async throws(CrashInjectionError) -> CrashReport {
        numbered(try await CrashInjection(topology).send(signal, to: worker))
    }

    private func numbered(_ report: CrashReport) -> CrashReport {
        var report = report
        report.number = observation.crashes.number(of: report.incarnation, as: ChildID(report.child))
        return report
    }

    // MARK: - Dead letters. What these throw beside `ReplayError` comes from the store.

    /// Reads stored dead letters, the oldest first: at most `limit`, and no further one once they have `maxBytes` together.
    public func deadLetters(
        _ filter: DeadLetterFilter = DeadLetterFilter(), limit: Int = 100, maxBytes: Int = 16 << 20
    ) async throws -> [StoredDeadLetter] {
        try await topology.stateWriter.store.deadLetters(filter, limit: limit, maxBytes: maxBytes)
    }

    /// Reads one stored dead letter; nil if there is none of that number (any more).
    public func deadLetter(_ id: Int64) async throws -> StoredDeadLetter? {
        try await topology.stateWriter.store.deadLetter(id)
    }

    /// What the store holds and has done.
    public var storageCounters: StateStoreCounters { topology.stateWriter.store.counters }

    /// How many stored dead letters there are of each stream that has any.
    public func countDeadLetters(_ filter: DeadLetterFilter = DeadLetterFilter()) async throws -> [String: Int] {
        try await topology.stateWriter.store.countDeadLetters(filter)
    }

    /// Admits the chosen dead letters anew, as ``replay(_:)`` does. Those of streams that are not configured any more, or
    /// are paused, are refused one by one.
    ///
    /// - Parameters:
    ///   - isRehearsal: only count.
    ///   - progress: told from time to time how far it has come.
    /// - Throws: ``ReplayError/stopping``, and what the store throws, as long as nothing has been done; after that it ends with an
    ///   interruption.
    public func replay(
        _ choice: DeadLetterChoice, isRehearsal: Bool = false,
        progress: (DeadLetterTally) -> Void = { _ in }
    ) async throws -> DeadLetterTally {
        try await DeadLetterOperations(topology).replay(choice, isRehearsal: isRehearsal, progress: progress)
    }

    /// Admits stored dead letters anew, and suspends while the window is full.
    ///
    /// Each is received once more, into the stream that has the name of the one it came from, under a new number and with all its
    /// attempts. It moves neither the stream's checkpoint nor the place where it goes on. The stored letter goes only in the
    /// transaction that follows its settlement, or that stores it as a dead letter again, under a new number: if the process ends
    /// before, it is still there. What is being replayed already, or is not stored any more, is left out.
    ///
    /// - Returns: how many were admitted. When the task is cancelled, the batch that waits is admitted all the same.
    /// - Throws: ``ReplayError``, `CancellationError`, and what the store throws.
    @discardableResult
    public func replay(_ letters: [StoredDeadLetter]) async throws -> Int {
        try await DeadLetterOperations(topology).replay(letters)
    }

    /// Deletes the chosen dead letters for good. What of them is being replayed goes on.
    ///
    /// - Parameter isRehearsal: only count.
    /// - Throws: `CancellationError`, and what the store throws.
    public func purge(_ choice: DeadLetterChoice, isRehearsal: Bool = false) async throws -> DeadLetterTally {
        try await DeadLetterOperations(topology).purge(choice, isRehearsal: isRehearsal)
    }
}
