import ControlAPI
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
        let recoveries = try await context.client.withConnection { connection in
            await withTaskGroup(of: Attempt.self) { group in
                var recoveries = CrashRecoveries()
                var next = 0
                // Not all at once: so many as may be under way, and one more whenever one is over.
                func startOne() {
                    guard next < count, recoveries.failure == nil else { return }
                    let (due, wasThere) = (start + interval * next, recoveries.count > 0)
                    next += 1
                    group.addTask {
                        if interval > .zero { try? await clock.sleep(until: due) }
                        return await crash(over: connection, wasThere: wasThere)
                    }
                }
                for _ in 0..<parallel { startOne() }
                while let attempt = await group.next() {
                    recoveries.add(attempt)
                    if case .success(let answer) = attempt.result {
                        if isJSON {
                            context.console.out(Text.line(ofDocument: answer.document))
                        } else {
                            context.print([RecoveryPage(response: answer.value).line])
                        }
                    }
                    startOne()
                }
                return recoveries
            }
        }
        let summary = recoveries.summary(duration: clock.now - start)
        // Of nothing at all there is none, only the refusal.
        if recoveries.count > 0 || recoveries.failure == nil {
            if isJSON { context.console.out(summary.line) } else { context.print(["\(summary)"]) }
        }
        if let failure = recoveries.failure { throw failure }
        return recoveries.unreplaced == 0 ? .done : .failed
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
            do throws(ControlClientError) {
                return Attempt(missed: missed, result: .success(try await connection.send(request)))
            } catch {
                guard isMiss(error, wasThere: wasThere), missed + 1 < tries else {
                    return Attempt(missed: missed, result: .failure(error))
                }
                missed += 1
                try? await Task.sleep(for: pause)
            }
        }
    }

    /// Whether it is about a part that is restarting. A name that was there before is not wrong, its bearer is away.
    private func isMiss(_ error: ControlClientError, wasThere: Bool) -> Bool {
        guard case .refused(let failure) = error else { return false }
        return failure.code == .unavailable || failure.code == .notFound && wasThere
    }
}
