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
    private let configuration: EventSourceConfiguration
    private let client: HTTPClient
    private let logger: Logger

    /// - Parameters:
    ///   - configuration: its last event ID is replaced by the one that the intake knows.
    public init(
        name: String, configuration: EventSourceConfiguration, client: HTTPClient, logger: Logger
    ) {
        self.name = name
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
        configuration.lastEventID = Array(try await intake.resumeID().readableBytesView)
        // What it reports as updates is logged here; of what it says beside them only warnings matter.
        var warnings = logger
        warnings.logLevel = max(logger.logLevel, .warning)
        for await update in EventSource(
            configuration, client: client, clock: intake.runtime.clock, logger: warnings)
        {
            switch update {
            case .connecting: intake.connecting()
            case .open: opened(intake)
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

    private func opened(_ intake: StreamIntake) {
        let isAgain = intake.opened()
        let mayHaveMissed = isAgain && !intake.lastAdmittedID.canBeSent
        logger.info("stream \(name) is open: \(location)", metadata: ["message_id": "stream-open"])
        guard mayHaveMissed else { return }
        // Without ids there is nothing to resume from.
        logger.notice(
            "stream \(name) gives no ids: what was sent while it was down, if anything, is missed",
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
        try await intake.bring(batch.events, bytes: batch.bytes)
    }
}

extension ByteBuffer {
    /// Whether it says to a server where to go on: there is something, and a header can hold it.
    fileprivate var canBeSent: Bool {
        readableBytes > 0 && readableBytesView.allSatisfy { $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) }
    }
}
