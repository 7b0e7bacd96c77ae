import FoundationEssentials
public import JetStream
import Locking
import Logging
public import Pipeline
import ProgramKit

/// What was found of stream and consumer.
public struct SourceFindings: Sendable, Hashable {
    /// Why the broker could not be asked; nil: it answered.
    public var outage: String?
    /// What the broker refuses, so that nothing can be said of the rest; nil: nothing.
    public var refusal: String?
    /// What is wrong with the stream.
    public var stream = SettingFaults()
    /// What is wrong with the consumer.
    public var consumer = SettingFaults()
    /// What was made here.
    public var made: [String] = []
    /// What the broker holds.
    public var status: BrokerStatus?
    /// Whether there is a connection, and nobody answers over it.
    var isSilent = false
    /// When the stream was made; nil: it is not there.
    var created: String?

    /// Whether all is as it has to be.
    public var isRight: Bool { outage == nil && refusal == nil && stream.faults.isEmpty && consumer.faults.isEmpty }

    /// The first that is wrong, with its mend.
    var sentence: String? {
        if let refusal { return refusal }
        guard let fault = stream.faults.first ?? consumer.faults.first else { return nil }
        let mend = (stream.faults.isEmpty ? consumer.mends : stream.mends).first
        return "\(fault)" + (mend.map { "; mend it: \($0)" } ?? "")
    }
}

// MARK: How things are at the broker's

extension NATSSource {
    /// Looks again and again whether stream and consumer are as they have to be, and asks for messages as long as they are.
    func watch(_ intake: StreamIntake) async throws {
        intake.connecting()
        let name = "\(options.stream)/\(options.consumer)"
        intake.report { $0.broker = $0.broker ?? BrokerStatus(name: name) }
        while true {
            take(try await look(intake), intake)
            try await intake.waitForNextAttempt(lookEvery, or: isToLook)
        }
    }

    /// Asks the broker, and waits no longer than the receiver is to.
    private func look(_ intake: StreamIntake) async throws -> SourceFindings {
        let creates = options.creates && !state.withLock(\.wasRight)
        let found = Locked<SourceFindings?>(nil)
        intake.runtime.spawn { [self] in
            let findings = await findings(creates: creates, intake)
            found.withLock { $0 = findings }
            isToLook.notify()
        }
        var isAskedAgain = false
        while true {
            try await isToLook.wait()
            guard let findings = found.withLock({ $0 }) else {
                isAskedAgain = true
                continue
            }
            if isAskedAgain { isToLook.notify() }
            return findings
        }
    }

    private func take(_ findings: SourceFindings, _ intake: StreamIntake) {
        for made in findings.made { logger.notice("source \(name): \(made) was not there, and has been made") }
        if let outage = findings.outage {
            // Of a lost connection that has been said.
            if findings.isSilent { complain(outage, .warning, ["message_id": "broker-down"]) }
            return intake.waiting(for: lookEvery, because: outage)
        }
        if findings.refusal == nil { noteStream(findings.created) }
        if let problem = findings.sentence {
            stopPulling()
            complain(problem, .error, ["message_id": "stream-failed"])
            return intake.needsMending(because: problem)
        }
        if let refusal = state.withLock({ $0.refusal.take() }) {
            // It is tried anew; if that is refused, too, the next look finds it.
            stopPulling()
            pull()
            complain(refusal, .error, ["message_id": "stream-failed"])
            return intake.waiting(for: lookEvery, because: refusal, isRefused: true)
        }
        let (share, most) = (intake.share, connection.maxPayload + 4096)
        state.withLock { state in
            state.books.setWindow(messages: share.messages, bytes: max(share.bytes, most))
            (state.wasRight, state.complaint) = (true, nil)
        }
        if intake.status.state != .open {
            _ = intake.opened()
            logger.info("source \(name) is open: \(location)", metadata: ["message_id": "stream-open"])
        }
        let repeats = state.withLock { state in
            defer { state.reportedRepeats = state.books.repeated }
            return state.books.repeated - state.reportedRepeats
        }
        intake.report { status in
            status.broker = findings.status
            status.repeated += repeats
        }
        if intake.isHeld { return standStill() }
        pull()
        grant()
    }

    /// One that is another than before has other messages under the same numbers.
    private func noteStream(_ created: String?) {
        state.withLock { state in
            if let before = state.created, before != created { state.books.orphan() }
            state.created = created
        }
    }

    /// Says what is wrong, once.
    private func complain(_ text: String, _ level: Logger.Level, _ metadata: Logger.Metadata) {
        let isNews = state.withLock { state in
            defer { state.complaint = text }
            return state.complaint != text
        }
        if isNews { logger.log(level: level, "source \(name): \(text)", metadata: metadata) }
    }

    /// What is to be as the configuration has it.
    private func requirements(
        _ options: Options, window: Int
    ) -> (stream: StreamRequirements, consumer: ConsumerRequirements) {
        (
            StreamRequirements(
                name: options.stream, subjects: options.subjects.isEmpty ? [options.stream] : options.subjects,
                duplicateWindow: .zero, replicas: options.replicas),
            ConsumerRequirements(
                name: options.consumer, stream: options.stream, ackWait: options.ackWait, ackPending: window)
        )
    }

    /// Asks the broker how stream and consumer are.
    ///
    /// - Parameter creates: whether what is not there is made.
    func findings(creates: Bool, _ intake: StreamIntake? = nil) async -> SourceFindings {
        let (options, held, redelivered) = state.withLock { ($0.options, $0.books.heldCount, $0.books.redelivered) }
        let window = intake?.share.messages ?? max(state.withLock(\.books.window.messages), 1)
        let (ofStream, ofConsumer) = requirements(options, window: window)
        var findings = SourceFindings()
        do throws(NATSError) {
            var stream = try await connection.stream(options.stream)
            if stream == nil, creates, !options.subjects.isEmpty {
                var made = ofStream
                made.duplicateWindow = .seconds(120)
                try await connection.make(made)
                stream = try await connection.stream(options.stream)
                findings.made.append("stream \(options.stream)")
            }
            findings.created = stream?.created
            findings.stream = ofStream.check(stream)
            guard let stream else { return findings }
            var consumer = try await connection.consumer(options.consumer, of: options.stream)
            if consumer == nil, creates, findings.stream.faults.isEmpty {
                var made = ofConsumer
                // Room for other machines.
                made.ackPending = window * 16
                try await connection.make(made)
                consumer = try await connection.consumer(options.consumer, of: options.stream)
                findings.made.append("consumer \(options.consumer)")
            }
            findings.consumer = ofConsumer.check(consumer)
            findings.status = BrokerStatus(
                name: "\(options.stream)/\(options.consumer)", pending: consumer?.num_pending ?? 0,
                ackPending: consumer?.num_ack_pending ?? 0, oldest: stream.oldestAt.flatMap(Self.age),
                held: UInt64(held), redelivered: redelivered)
        } catch {
            if case .refused = error, !error.isPassing {
                findings.refusal = "\(error)"
                return findings
            }
            let outage = connection.whyDown
            findings.isSilent = outage == nil
            findings.outage = outage.map { "there is no connection to the broker: \($0)" } ?? "\(error)"
        }
        return findings
    }

    /// What is found of stream and consumer; nothing is made, and nothing follows.
    public func findings() async -> SourceFindings { await findings(creates: false) }

    /// How long ago a time of the broker's is, by our clock.
    private static func age(_ time: String) -> Duration? {
        guard let date = try? Date(String(time.prefix(19)) + "Z", strategy: .iso8601) else { return nil }
        return max(.seconds(Double(UTCTime.microsecondsSince1970()) / 1e6 - date.timeIntervalSince1970), .zero)
    }
}
