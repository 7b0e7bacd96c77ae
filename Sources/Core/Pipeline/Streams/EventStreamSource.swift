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
    private let dialer: EventStreamDialer
    private let logger: Logger

    /// - Parameters:
    ///   - configuration: its last event ID is replaced by the one that the intake knows.
    ///   - dialer: makes its connections.
    public init(
        name: String, configuration: EventSourceConfiguration, dialer: EventStreamDialer, logger: Logger
    ) {
        self.name = name
        location = configuration.displayURL
        self.configuration = configuration
        self.dialer = dialer
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
        var updates = EventSource(
            configuration, dialer: dialer, clock: intake.runtime.clock, logger: warnings
        ).makeAsyncIterator()
        // Why it is down, as far as that has been logged.
        var logged: String?
        while let update = await updates.next(isolation: nil) {
            switch update {
            case .connecting: intake.connecting()
            case .open:
                logged = nil
                opened(intake)
            case .batch(let batch): try await receive(batch, intake)
            case .waiting(let delay, let error):
                intake.waiting(for: delay, because: error.reason)
                let isNew = logged != error.reason
                logged = error.reason
                logger.log(
                    level: isNew ? .notice : .debug, "\(down(intake.status, error, delay))",
                    metadata: ["message_id": "stream-down"])
                try await intake.waitForNextAttempt(delay)
                updates.skipWait()
            case .failed(let error):
                logger.error(
                    "stream \(name) has ended for good: \(error)", metadata: ["message_id": "stream-failed"])
                intake.failed(because: "\(error)")
            }
        }
        try Task.checkCancellation()
        // It stays in the tree, with the reason that was reported, until it is told to go.
        try await Bell().wait()
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
