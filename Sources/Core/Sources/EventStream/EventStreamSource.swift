public import EventSource
import Locking
public import Logging
public import Pipeline

/// A stream over HTTP: receiver and parser in one.
public struct EventStreamSource: Source {
    /// The name in the configuration.
    public let name: String
    /// The URL as it may be shown: without secrets.
    public let location: String
    /// The URL with its secrets, without the parameters that are ignored; and what it is asked, if that is no plain GET.
    public let identity: [UInt8]
    /// The same, with a hash of what is no plain address.
    public var eventLocation: @Sendable () -> [UInt8] { { [lazyLocation] in lazyLocation.value } }
    private let lazyLocation: Lazily<[UInt8]>
    /// The URL with its secrets and all parameters.
    public var fullIdentity: [UInt8] { EventStreamInput.identity(of: configuration) }
    /// How its position is kept.
    public let positions: PositionPolicy
    /// For how long it may be down before that is a problem.
    public let downAfter: Duration
    /// Which events are worked on.
    public let filter: EventFilter?
    private let configuration: EventSourceConfiguration
    private let ignoredParameters: Set<String>
    private let dialer: EventStreamDialer
    private let logger: Logger

    /// - Parameters:
    ///   - configuration: where it goes on is what the intake knows.
    ///   - positions: how its position is kept.
    ///   - downAfter: for how long it may be down before that is a problem.
    ///   - ignoredParameters: parameters of the URL's query that say nothing about what it brings: with another value of them it
    ///     is the same stream.
    ///   - filter: which events are worked on; nil: all.
    ///   - dialer: makes its connections.
    public init(
        name: String, configuration: EventSourceConfiguration, positions: PositionPolicy = PositionPolicy(),
        downAfter: Duration = .seconds(60), ignoredParameters: Set<String> = [], filter: EventFilter? = nil,
        dialer: EventStreamDialer, logger: Logger
    ) {
        self.filter = filter
        self.name = name
        self.downAfter = downAfter
        self.positions = positions
        identity = EventStreamInput.identity(of: configuration, ignoring: ignoredParameters)
        location = configuration.displayURL
        // Thousands of hashes, which most streams never need: only who stores events elsewhere names them.
        lazyLocation = Lazily { [identity] in EventStreamInput.eventLocation(of: identity) }
        self.ignoredParameters = ignoredParameters
        self.configuration = configuration
        self.dialer = dialer
        var logger = logger
        logger[metadataKey: "stream"] = "\(name)"
        self.logger = logger
    }

    /// Whether nothing differs but what is ignored here, also if it was not ignored there.
    public func continues(_ former: any Source) -> Bool {
        guard let former = former as? EventStreamSource else { return identity == former.identity }
        return identity == EventStreamInput.identity(of: former.configuration, ignoring: ignoredParameters)
    }

    /// The same as ``Source/run(_:)``. Lost connections are made anew within it, and an end for good is reported, not
    /// thrown; so it throws `CancellationError` only. A stream that is finished is not asked again, whoever crashed.
    public func run(_ intake: StreamIntake) async throws {
        if intake.status.state == .finished { return try await intake.waitUntilStopped() }
        var configuration = configuration
        let resumption = StreamResumption(of: name, intake, logger: logger)
        configuration.resumption = resumption
        // What it reports as updates is logged here; of what it says beside them only warnings matter.
        var warnings = logger
        warnings.logLevel = max(logger.logLevel, .warning)
        var updates = EventSource(
            configuration, dialer: dialer, clock: intake.clock, logger: warnings
        ).makeAsyncIterator()
        // Why it is down, as far as that has been logged.
        var logged: String?
        while let update = await updates.next(isolation: nil) {
            switch update {
            case .connecting: intake.connecting()
            case .open:
                logged = nil
                opened(intake, withoutID: resumption.hadNoID)
            case .batch(let batch): try await receive(batch, intake)
            case .waiting(let delay, let error):
                intake.waiting(
                    for: delay, because: error.reason, isRefused: error.needsMending,
                    inOrder: error.code == .endedByServer || error.code == .endedByEvent)
                // A page that refuses may be another one each time.
                let cause = error.status.map { "status \($0)" } ?? error.reason
                let isNew = logged != cause
                logged = cause
                logger.log(
                    level: isNew ? .notice : .debug, "\(down(intake.status, error, delay))",
                    metadata: ["message_id": "stream-down"])
                try await intake.waitForNextAttempt(delay)
                updates.skipWait()
            case .failed(let error) where error.code == .endedByEvent:
                logger.info(
                    "stream \(name) is finished: the event came that ends it",
                    metadata: ["message_id": "stream-finished"])
                intake.finished()
            case .failed(let error):
                logger.error(
                    "stream \(name) has ended for good: \(error)", metadata: ["message_id": "stream-failed"])
                intake.failed(because: "\(error)")
            }
        }
        try Task.checkCancellation()
        // It stays in the tree, with the reason that was reported, until it is told to go.
        try await intake.waitUntilStopped()
    }

    /// Since when, which try it was, why, and when the next one is.
    private func down(_ status: StreamStatus, _ error: EventSourceError, _ delay: Duration) -> String {
        let next = "the next try follows in \(seconds(delay)) s"
        guard status.attempts > 0, let nextAttemptAt = status.nextAttemptAt else {
            return "stream \(name) is down: \(error.reason) (\(error.url)); \(next)"
        }
        let time = nextAttemptAt - delay - status.since
        return """
            stream \(name) has been down for \(seconds(time)) s, try \(status.attempts): \(error.reason) (\(error.url)); \(next)
            """
    }

    private func seconds(_ duration: Duration) -> Double { (duration / .seconds(1)).rounded(toPlaces: 1) }

    private func opened(_ intake: StreamIntake, withoutID: Bool) {
        let isAgain = intake.opened()
        let mayHaveMissed = isAgain && withoutID
        logger.info("stream \(name) is open: \(location)", metadata: ["message_id": "stream-open"])
        guard mayHaveMissed else { return }
        logger.notice(
            "stream \(name) has no id to go on from: what was sent while it was down, if anything, may be missed",
            metadata: ["message_id": "stream-gap"])
        intake.report { $0.possibleGaps += 1 }
    }

    private func receive(_ batch: EventStreamBatch, _ intake: StreamIntake) async throws {
        if batch.skippedEvents > 0 {
            logger.warning(
                "stream \(name): \(batch.skippedEvents) event(s) larger than max_event_bytes were left out",
                metadata: ["skipped": "\(batch.skippedEvents)", "message_id": "event-skipped"])
            intake.report { $0.skipped += UInt64(batch.skippedEvents) }
        }
        if batch.compressedBytes > 0 { intake.report { $0.compressedBytes += UInt64(batch.compressedBytes) } }
        try await intake.bring(
            batch.events.withUnsafeBufferPointer { $0.map { $0.brought } },
            commits: batch.commits.map(EventCommit.init), bytes: batch.bytes)
    }
}

extension Event {
    /// The same event, as it came over the wire.
    public init(_ event: EventStreamEvent) { self = event.brought }
}

extension EventStreamEvent {
    /// The same for the tree. A property, since what it is of is looked at where it lies and not copied.
    fileprivate var brought: Event { Event(knownID: id, hasOwnID: hasOwnID, type: type, data: data) }
}

extension EventCommit {
    /// The same commit, as the parser gave it.
    public init(_ commit: EventStreamCommit) {
        self.init(eventsBefore: commit.eventsBefore, id: commit.lastEventID, isSkippedEvent: commit.isSkippedEvent)
    }
}
