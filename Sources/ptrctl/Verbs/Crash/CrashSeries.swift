import ControlClient

/// `ptrctl crash TARGET --count N`: one crash after another, a line for each, a summary at the end.
struct CrashSeries: Sendable {
    /// The most crashes of one series.
    static let longest = 10_000_000
    /// The most that may be under way at a time: as many connections as the client keeps to one daemon.
    static let widest = 8

    let request: CrashRequest
    let count: Int
    /// From one crash to the next; what is late is caught up with.
    let interval: Duration
    /// How many may be under way at a time, each over a connection of its own.
    var parallel = 1
    let isJSON: Bool
    /// How often one crash is tried when its part does not run.
    var tries = 2000
    /// The time between two tries.
    var pause = Duration.milliseconds(2)

    func run(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        let clock = ContinuousClock()
        let start = clock.now
        var summary = try await context.client.withConnection { connection in
            await withTaskGroup(of: Attempt.self) { group in
                var summary = CrashSummary()
                var next = 0
                // Not all at once: so many as may be under way, and one more whenever one is over.
                func startOne() {
                    guard next < count, summary.failure == nil else { return }
                    let (due, wasThere) = (start + interval * next, summary.crashes > 0)
                    next += 1
                    group.addTask {
                        if interval > .zero { try? await clock.sleep(until: due) }
                        return await crash(over: connection, wasThere: wasThere)
                    }
                }
                for _ in 0..<parallel { startOne() }
                while let attempt = await group.next() {
                    summary.add(attempt)
                    if case .success(let answer) = attempt.result {
                        print(answer.document, RecoveryPage(response: answer.value).line, context)
                    }
                    startOne()
                }
                return summary
            }
        }
        summary.seconds = (clock.now - start) / .seconds(1)
        // Of nothing at all there is none, only the refusal.
        if summary.crashes > 0 || summary.failure == nil {
            print(Text.document(["summary": summary]), "\(summary)", context)
        }
        if let failure = summary.failure { throw failure }
        return summary.notReplaced == 0 ? .done : .failed
    }

    private func print(_ document: String, _ line: String, _ context: VerbContext) {
        if isJSON {
            context.console.out(Text.oneLine(document, separator: " "))
        } else {
            context.print([line])
        }
    }

    /// Just one crash, for which the part may be restarting at the moment.
    func one(with context: VerbContext) async throws(ControlClientError) -> ControlClient.Answer<CrashResponse> {
        try await context.client.withConnection { (connection) async throws(ControlClientError) in
            try await crash(over: connection, wasThere: false).result.get()
        }
    }

    /// One crash, and how often its part was found not running.
    struct Attempt: Sendable {
        var missed = 0
        let result: Result<ControlClient.Answer<CrashResponse>, ControlClientError>
    }

    /// Lets a part crash. One that does not run at the moment is tried again: a busy tree has such moments.
    private func crash(over connection: ControlConnection, wasThere: Bool) async -> Attempt {
        var missed = 0
        while true {
            let result = await Result { () async throws(ControlClientError) in try await connection.send(request) }
            guard case .failure(let error) = result, isMiss(error, wasThere: wasThere), missed + 1 < tries else {
                return Attempt(missed: missed, result: result)
            }
            missed += 1
            try? await Task.sleep(for: pause)
        }
    }

    /// Whether it is about a part that is restarting. A name that was there before is not wrong, its bearer is away.
    private func isMiss(_ error: ControlClientError, wasThere: Bool) -> Bool {
        guard case .refused(let failure) = error else { return false }
        return failure.code == .unavailable || failure.code == .notFound && wasThere
    }
}

/// What came of a series of crashes, and how fast it recovered: the last line, for people by its description, for machines
/// as JSON.
struct CrashSummary: Sendable, Encodable, CustomStringConvertible {
    private(set) var crashes = 0
    /// Attempts that found the part not running, and were made again.
    private(set) var missed = 0
    /// Crashes whose replacement was not there in time.
    private(set) var notReplaced = 0
    /// Crashes that met a part with a message in hand.
    private(set) var busy = 0
    /// How long it all took.
    var seconds = 0.0
    private var detected: Times?
    private var replaced: Times?
    /// What ended the series before its time.
    private(set) var failure: ControlClientError?

    private enum CodingKeys: String, CodingKey {
        case crashes, missed, busy, seconds
        case notReplaced = "not_replaced"
        case detected = "detected_in_microseconds"
        case replaced = "replaced_in_microseconds"
    }

    mutating func add(_ attempt: CrashSeries.Attempt) {
        missed += attempt.missed
        switch attempt.result {
        case .failure(let error): failure = failure ?? error
        case .success(let answer):
            crashes += 1
            if answer.value.busy { busy += 1 }
            if let time = answer.value.detectedInMicroseconds { detected.add(time) }
            if let time = answer.value.replacedInMicroseconds {
                replaced.add(time)
            } else if answer.value.isWaitedFor {
                notReplaced += 1
            }
        }
    }

    var description: String {
        var text = Text.count(crashes, "crash", plural: "crashes") + " in \(Text.milliseconds(seconds * 1000))"
        if let quantiles = replaced?.quantiles {
            text +=
                ": replaced after \(Text.grouped(quantiles.median)) µs in the median, "
                + "\(Text.grouped(quantiles.p99)) µs at p99, \(Text.grouped(quantiles.max)) µs at most"
        }
        let rest = [Text.some(missed, "missed and tried again"), Text.some(notReplaced, "not replaced in time")]
        return ([text, "\(Text.grouped(busy)) met a message"] + rest.compactMap(\.self)).joined(separator: "; ")
    }
}

/// Many times, in microseconds; of those that there are.
private struct Times: Sendable, Encodable {
    var all: [Int64]

    var quantiles: (median: Int64, p99: Int64, max: Int64) {
        let sorted = all.sorted()
        return (
            sorted[sorted.count / 2], sorted[min(sorted.count * 99 / 100, sorted.count - 1)], sorted[sorted.count - 1]
        )
    }

    func encode(to encoder: any Encoder) throws {
        let quantiles = quantiles
        try ["median": quantiles.median, "p99": quantiles.p99, "max": quantiles.max].encode(to: encoder)
    }
}

extension Times? {
    fileprivate mutating func add(_ time: Int64) {
        if self == nil { self = Times(all: [time]) } else { self?.all.append(time) }
    }
}
