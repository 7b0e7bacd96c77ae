public import AsyncHTTPClient
public import EventSource
public import Logging
import NIOCore

/// A stream over HTTP: receiver and parser in one.
public struct EventStreamSource: Source {
    /// The name in the configuration.
    public let name: String
    /// The URL as it may be shown: without secrets.
    public let location: String
    /// The URL with its secrets.
    public let identity: [UInt8]
    /// How its position is kept.
    public let positions: PositionPolicy
    private let configuration: EventSourceConfiguration
    private let client: HTTPClient
    private let logger: Logger

    /// - Parameters:
    ///   - configuration: where it goes on is what the intake knows.
    ///   - positions: how its position is kept.
    ///   - ignoredParameters: parameters of the URL's query that say nothing about what it brings: with another value of them it
    ///     is the same stream.
    public init(
        name: String, configuration: EventSourceConfiguration, positions: PositionPolicy = PositionPolicy(),
        ignoredParameters: Set<String> = [], client: HTTPClient, logger: Logger
    ) {
        self.name = name
        self.positions = positions
        identity = Pipeline.identity(ofURL: configuration.url, ignoring: ignoredParameters)
        location = configuration.displayURL
        self.configuration = configuration
        self.client = client
        var logger = logger
        logger[metadataKey: "stream"] = "\(name)"
        self.logger = logger
    }

    /// The same as ``Source/run(_:)``. Lost connections are made anew within it, and an end for good is reported, not
    /// thrown; so it throws `CancellationError` only.
    public func run(_ intake: StreamIntake) async throws {
        var configuration = configuration
        let resumption = StreamResumption(intake, logger: logger)
        configuration.resumption = resumption
        // What it reports as updates is logged here; of what it says beside them only warnings matter.
        var warnings = logger
        warnings.logLevel = max(logger.logLevel, .warning)
        for await update in EventSource(
            configuration, client: client, clock: intake.runtime.clock, logger: warnings)
        {
            switch update {
            case .connecting: intake.connecting()
            case .open: opened(intake, withoutID: resumption.hadNoID)
            case .batch(let batch): try await receive(batch, intake)
            case .waiting(let delay, let error):
                let seconds = (delay / .seconds(1)).rounded(toPlaces: 1)
                logger.notice(
                    "stream \(name) is down, connects again in \(seconds) s: \(error)",
                    metadata: ["message_id": "stream-down"])
                intake.waiting(for: delay, because: "\(error)")
            case .failed(let error):
                logger.error(
                    "stream \(name) has ended for good: \(error)", metadata: ["message_id": "stream-failed"])
                intake.failed(because: "\(error)")
            }
        }
        // It stays in the tree, with the reason that was reported, until it is told to go.
        try await Bell().wait()
    }

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
        try await intake.bring(batch.events, commits: batch.commits, bytes: batch.bytes)
    }
}
