import Locking
import Logging
import Systemd
import Testing

@testable import ptrd

@Suite("A listener that is kept")
struct KeptListenerTests {
    private struct Broken: Error, CustomStringConvertible {
        var description: String { "somebody shut it down" }
    }

    /// What a listener went through, call by call.
    private final class Course: Sendable {
        let listener = KeptListener(
            "the control API", .controlEnded, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let pauses = Locked<[Duration]>([])
        let troubles = Locked<[String?]>([])
        let firsts = Locked(0)
        private let rounds = Locked(0)

        /// Runs it; `body` is what happens in each round, numbered from 1. In the round after the last it is cancelled.
        func run(
            rounds last: Int, _ body: @escaping @Sendable (Int, () async -> Void) async throws -> Void
        ) async throws {
            let task = Task {
                try await listener.run(
                    onFirst: { self.firsts.withLock { $0 += 1 } },
                    pause: { pause in
                        self.pauses.withLock { $0.append(pause) }
                        self.troubles.withLock { $0.append(self.listener.trouble) }
                    },
                    serve: { onListening in
                        let round = self.rounds.withLock { rounds in
                            rounds += 1
                            return rounds
                        }
                        guard round <= last else {
                            withUnsafeCurrentTask { $0?.cancel() }
                            return
                        }
                        try await body(round, onListening)
                    })
            }
            try await task.value
        }
    }

    @Test("that breaks is made anew, is a reason to be degraded meanwhile, and is ready once only")
    func again() async throws {
        let course = Course()
        try await course.run(rounds: 3) { _, onListening in
            await onListening()
            #expect(course.listener.trouble == nil)
            throw Broken()
        }
        #expect(course.firsts.withLock { $0 } == 1)
        let trouble = "the control API has broken off and is made anew: somebody shut it down"
        #expect(course.troubles.withLock { $0 } == [trouble, trouble, trouble])
        // It has listened in between, so each time is a first.
        #expect(course.pauses.withLock { $0 } == [.seconds(1), .seconds(1), .seconds(1)])
    }

    @Test("and cannot be had at first is tried again with growing pauses, a minute at most")
    func backoff() async throws {
        let course = Course()
        try await course.run(rounds: 9) { round, onListening in
            if round == 1 { await onListening() }
            throw Broken()
        }
        #expect(
            course.pauses.withLock { $0.map { $0.components.seconds } } == [1, 2, 4, 8, 16, 32, 60, 60, 60])
    }

    @Test("that cannot be had at the start is an error")
    func start() async throws {
        let course = Course()
        await #expect(throws: Broken.self) { try await course.run(rounds: 1) { _, _ in throw Broken() } }
        #expect(course.firsts.withLock { $0 } == 0)
    }
}
