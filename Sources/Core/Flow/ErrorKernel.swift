import Ledger
import Locking
import Supervision

/// What outlives the parts of the tree, and by which they address each other: whoever crashes, all that matters lies here, and his
/// next incarnation finds in it what there is to do.
package struct ErrorKernel: Sendable {
    /// The settings that the tree lives by at the moment.
    package let live: LiveSettings
    /// Every message that is in process.
    package let ledger: LedgerStore
    /// What was read and is not admitted.
    package let intake: Intake
    /// Where what is read comes from.
    package let sources: SourceTable
    /// The direct supervisors, and how many there are to be.
    package let pool: Pool
    /// What flow_manager measures and is told.
    package let flow: FlowState
    /// That flow_manager goes round.
    package let flowPulse: Pulse
    package let runtime: SupervisionRuntime
    /// Microseconds since 1970.
    package let wallClock: @Sendable () -> Int64

    /// flow_manager's: there may be something to admit or to settle.
    package var flowNotify: Notify { intake.flowNotify }

    /// - Parameter sources: the streams; their names are unique.
    package init(
        settings: ApplicationSettings, sources: [any Source], runtime: SupervisionRuntime,
        wallClock: @escaping @Sendable () -> Int64
    ) {
        let table = SourceTable(sources)
        let live = LiveSettings(settings)
        var books = Ledger(
            limits: settings.ledgerLimits,
            streams: sources.enumerated().map { place, source in
                StreamLedger(
                    name: StreamName(name: source.name, index: place), location: source.location,
                    policy: source.positions)
            }, breaker: settings.breaker)
        books.life = (0..<16).map { _ in UInt8.random(in: .min ... .max) }
        for (place, source) in sources.enumerated() {
            books.identify(place, as: source)
            books.streams[place].notices = PendingNotices(to: table.begin(source))
        }
        self.init(
            live: live, ledger: LedgerStore(books),
            streams: sources.map { StreamStatus(name: $0.name, location: $0.location) },
            sources: table, pool: Pool(desired: settings.scaling.min), runtime: runtime,
            wallClock: wallClock)
        apply(settings)
    }

    package init(
        live: LiveSettings, ledger: LedgerStore, streams: [StreamStatus] = [],
        sources: SourceTable = SourceTable([]), pool: Pool, runtime: SupervisionRuntime,
        wallClock: @escaping @Sendable () -> Int64
    ) {
        let flowNotify = Notify()
        self.live = live
        self.ledger = ledger
        intake = Intake(streams: streams, ledger: ledger, flowNotify: flowNotify)
        self.sources = sources
        self.pool = pool
        flow = FlowState(at: runtime.now)
        flowPulse = Pulse(flowNotify)
        self.runtime = runtime
        self.wallClock = wallClock
    }

    /// Lets the tree live by other settings from now on.
    package func apply(_ settings: ApplicationSettings) {
        live.replace(with: settings)
        let killMessage = live.current.killMessage
        ledger.withLock { ledger in
            ledger.breaker.apply(settings.breaker)
            ledger.outage.longestAsked = settings.longestAskedBackoff
            ledger.killMessage = killMessage
        }
        flowNotify.notify()
    }

    /// Everybody looks for what there is to do.
    package func wakeAll() {
        pool.dealNotify.notify()
        flowNotify.notify()
    }
}
