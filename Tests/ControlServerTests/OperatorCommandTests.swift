import ControlAPI
import Locking
import Logging
import NIOCore
import Supervision
import TestKit
import Testing

@testable import ControlServer
@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("What an operator changes through the control plane", .timeLimit(.minutes(2)))
struct OperatorCommandTests {
    /// A stream that brings nothing by itself.
    private struct QuietSource: Source {
        var name: String
        let location = "test"

        func run(_ intake: StreamIntake) async throws {
            _ = intake.opened()
            try await Task.sleep(for: .seconds(3600))
        }
    }

    private struct DoneHandler: MessageHandler {
        func handle(_ message: Message, in context: HandlerContext) async throws -> Outcome { .done }
    }

    private final class Host: ControlHost {
        let level = Locked(Logger.Level.info)
        let allowsCrashes = true
        let needsRestart = ["metrics.listen"]
        var logLevel: Logger.Level? { level.withLock { $0 } }

        let configuration = RunningConfiguration(settings: [])

        func setLogLevel(_ level: Logger.Level) { self.level.withLock { $0 = level } }

        func reload() async throws(ControlFailure) -> ReloadResponse {
            ReloadResponse(changed: [.init(key: "scaling.max", before: "8", after: "9")], needsRestart: [])
        }
    }

    /// What holds up the output.
    private final class Output: Sendable {
        let trouble = Locked<String?>(nil)
    }

    /// Keeps dead letters.
    private final class LetterStore: StateStore {
        private let letters: Locked<[Int64: DeadLetter]>

        init(_ letters: [DeadLetter]) {
            self.letters = Locked(
                Dictionary(uniqueKeysWithValues: letters.enumerated().map { (Int64($0 + 1), $1) }))
        }

        var counters: StateStoreCounters {
            var counters = StateStoreCounters()
            counters.deadLetters = letters.withLock(\.count)
            counters.deadLetterBytes = 77
            return counters
        }

        func checkpoints() async throws -> [Checkpoint] { [] }

        func commit(_ commit: StateCommit) async throws {
            letters.withLock { letters in commit.settledReplays.forEach { letters[$0] = nil } }
        }

        private func matching(_ filter: DeadLetterFilter) -> [StoredDeadLetter] {
            letters.withLock { letters in
                letters.filter { id, letter in
                    id > filter.after && id <= filter.through && letter.stream == filter.stream ?? letter.stream
                        && filter.text.map { letter.reason.contains($0) } ?? true
                }.sorted { $0.key < $1.key }.map { StoredDeadLetter(id: $0.key, letter: $0.value) }
            }
        }

        func deadLetters(_ filter: DeadLetterFilter, limit: Int, maxBytes: Int) async throws -> [StoredDeadLetter] {
            Array(matching(filter).prefix(limit))
        }

        func deadLetter(_ id: Int64) async throws -> StoredDeadLetter? {
            letters.withLock { $0[id] }.map { StoredDeadLetter(id: id, letter: $0) }
        }

        func newestDeadLetter() async throws -> Int64? { letters.withLock { $0.keys.max() } }

        func countDeadLetters(_ filter: DeadLetterFilter) async throws -> [String: Int] {
            Dictionary(grouping: matching(filter), by: \.letter.stream).mapValues(\.count)
        }

        func removeDeadLetters(_ filter: DeadLetterFilter) async throws -> Int {
            try await removeDeadLetters(matching(filter).map(\.id))
        }

        func removeDeadLetters(_ ids: [Int64]) async throws -> Int {
            letters.withLock { letters in ids.count { letters.removeValue(forKey: $0) != nil } }
        }
    }

    private static func letter(_ stream: String, _ reason: String, data: String = "data") -> DeadLetter {
        DeadLetter(
            stream: stream, sequence: 7, eventID: ByteBuffer(string: "id"), type: nil, data: ByteBuffer(string: data),
            reason: reason, attempts: 3, worker: "worker.1.1", incarnation: 9, diedAt: 1_795_463_010_123_456)
    }

    private let host = Host()
    private let output = Output()
    private let application: Application
    private let plane: ApplicationControl

    /// Streams `a` and `b`; dead letters 1 to 5, of which 3 is of a stream that is gone.
    init() {
        application = Application(
            sources: [QuietSource(name: "a"), QuietSource(name: "b")], handler: DoneHandler(),
            outputTrouble: { [output] in output.trouble.withLock { $0 } },
            store: LetterStore([
                Self.letter("a", "broken"), Self.letter("b", "broken", data: "line\nanother"),
                Self.letter("gone", "broken"), Self.letter("a", "late"), Self.letter("b", "late"),
            ]), wallClock: { 0 }, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        plane = ApplicationControl(application, host: host)
    }

    /// Lets the tree live for that long.
    private func live(_ body: () async throws -> Void) async throws {
        let life = Task { [application] in await application.run() }
        try await body()
        application.stop()
        _ = await life.value
    }

    private func failure(_ body: () async throws -> Void) async -> ControlFailure? {
        do {
            try await body()
            return nil
        } catch {
            return error as? ControlFailure
        }
    }

    @Test("a pause is answered with its streams, its time and the state; the status counts it down")
    func pause() async throws {
        let paused = try await plane.pause(PauseRequest(stream: "a", forSeconds: 60))
        #expect(paused.streams == ["a"] && paused.forSeconds == 60 && paused.state == .running)
        let stream = await plane.status().streams[0]
        #expect(stream.state == .paused)
        #expect(try #require(stream.pausedForSeconds) <= 60 && stream.pausedForSeconds! > 0)
        #expect(try await plane.pause(PauseRequest()).state == .paused)
        #expect(await plane.status().streams.allSatisfy { $0.pausedForSeconds == nil && $0.state == .paused })
        #expect(try await plane.resume(ResumeRequest(stream: "a")).streams == ["a"])
        let rest = try await plane.resume(ResumeRequest())
        #expect(rest.streams == ["b"] && rest.state == .running && rest.note == nil)
        #expect(try await plane.resume(ResumeRequest()).note == "no stream was paused")
        #expect(try await plane.resume(ResumeRequest(stream: "b")).note == "stream b was not paused")
    }

    @Test("an unknown stream is not found, with the streams that there are")
    func unknownStream() async throws {
        let failure = await failure { _ = try await plane.pause(PauseRequest(stream: "c\n")) }
        #expect(failure == ControlFailure(.notFound, "there is no stream \"c \"", hint: "there are a, b"))
        #expect(await self.failure { _ = try await plane.resume(ResumeRequest(stream: "c")) }?.code == .notFound)
    }

    @Test("a time that is none is refused", arguments: [0, -1, 1e300, .nan, .infinity])
    func badTime(_ seconds: Double) async throws {
        let failure = await failure { _ = try await plane.pause(PauseRequest(forSeconds: seconds)) }
        #expect(failure?.code == .badRequest)
        #expect(await plane.status().state == .running)
    }

    @Test("a drain with nothing in flight is done at once, and the daemon is paused")
    func drain() async throws {
        let drained = try await plane.drain(DrainRequest())
        #expect(drained == DrainResponse(inFlight: 0, state: .paused))
        #expect(try await plane.resume(ResumeRequest()).streams == ["a", "b"])
    }

    @Test("the log level is told, and set at once; a word that is none is refused with those there are")
    func logLevel() async throws {
        #expect(await plane.logLevel() == LogLevelResponse(level: "info", previous: "info"))
        let set = try await plane.setLogLevel(LogLevelRequest(level: "debug"))
        #expect(set == LogLevelResponse(level: "debug", previous: "info"))
        #expect(host.logLevel == .debug)
        let failure = await failure { _ = try await plane.setLogLevel(LogLevelRequest(level: "loud")) }
        #expect(failure?.code == .badRequest)
        #expect(failure?.hint == "the levels are trace, debug, info, notice, warning, error, critical")
    }

    @Test("a reload is the host's; where there is none, that is said")
    func reload() async throws {
        #expect(try await plane.reload(ReloadRequest()).changed.map(\.key) == ["scaling.max"])
        let bare = ApplicationControl(application, allowsCrashes: true)
        #expect(await failure { _ = try await bare.reload(ReloadRequest()) }?.code == .unavailable)
    }

    @Test("dead letters come in pages, without their data")
    func list() async throws {
        let first = try await plane.deadLetters(DeadLettersRequest(limit: 3))
        #expect(first.deadLetters.map(\.id) == [1, 2, 3] && first.next == 3 && first.total == 5)
        #expect(first.totalBytes == 77)
        let rest = try await plane.deadLetters(DeadLettersRequest(after: 3, limit: 3))
        #expect(rest.deadLetters.map(\.id) == [4, 5] && rest.next == nil)
        let second = first.deadLetters[1]
        #expect(second.preview == "line another" && second.bytes == 12 && second.time == "2026-11-23T19:43:30.123456Z")
        #expect(second.type == "message" && second.eventID == "id" && second.attempts == 3)
        #expect(try await plane.deadLetters(DeadLettersRequest(stream: "a", text: "late")).deadLetters.map(\.id) == [4])
        let failure = await failure { _ = try await plane.deadLetters(DeadLettersRequest(limit: 0)) }
        #expect(failure?.code == .badRequest)
    }

    @Test("one dead letter comes with its data, as much of it as fits an answer")
    func show() async throws {
        let detail = try await plane.deadLetter(DeadLetterRequest(id: 2))
        #expect(detail.data == "line\nanother" && detail.summary.id == 2)
        #expect(await failure { _ = try await plane.deadLetter(DeadLetterRequest(id: 9)) }?.code == .notFound)
    }

    @Test("a selection of nothing is refused, for a replay and for a purge", arguments: [nil, 5])
    func emptySelection(_ limit: Int?) async throws {
        let nothing = DeadLetterSelection(limit: limit)
        #expect(await failure { _ = try await plane.replay(ReplayRequest(selection: nothing)) }?.code == .badRequest)
        #expect(await failure { _ = try await plane.purge(PurgeRequest(selection: nothing)) }?.code == .badRequest)
        #expect(await plane.status().storage?.storedDeadLetters == 5)
    }

    @Test("a rehearsal counts what there is and who would be refused, and changes nothing")
    func dryRun() async throws {
        for limit in [nil, 5] {
            let all = DeadLetterSelection(all: true, limit: limit)
            let replay = try await plane.replay(ReplayRequest(selection: all, dryRun: true))
            #expect(replay.matched == 5 && replay.done == 0 && replay.dryRun && replay.refused.map(\.id) == [3])
            let purge = try await plane.purge(PurgeRequest(selection: all, dryRun: true))
            #expect(purge == DeadLetterResponse(matched: 5, done: 0, refused: [], dryRun: true))
        }
        #expect(await plane.status().storage?.storedDeadLetters == 5)
    }

    @Test("a replay refuses, one by one, those whose stream is gone or paused and those that are not there")
    func replay() async throws {
        try await live {
            _ = try await plane.pause(PauseRequest(stream: "b"))
            let answer = try await plane.replay(
                ReplayRequest(selection: DeadLetterSelection(ids: [1, 2, 3, 99, -5, .max, .min])))
            #expect(answer.matched == 7 && answer.done == 1 && answer.refusedCount == 6 && answer.goesOn == nil)
            #expect(answer.refused.map(\.id) == [.min, -5, 2, 3, 99, .max])
            #expect(answer.refused[2].reason.contains("paused") && answer.refused[3].reason.contains("no stream gone"))
            _ = try await plane.resume(ResumeRequest())
            let late = try await plane.replay(ReplayRequest(selection: DeadLetterSelection(text: "late", limit: 1)))
            #expect(late.matched == 1 && late.done == 1 && late.refused.isEmpty)
            while await plane.status().storage?.storedDeadLetters != 3 { try await nextTurn() }
        }
        #expect(try await plane.deadLetters(DeadLettersRequest()).deadLetters.map(\.id) == [2, 3, 5])
    }

    @Test("a replay is refused while nothing gets done, and says why, unless it is to wait for that")
    func replayThatWouldWait() async throws {
        try await live {
            output.trouble.withLock { $0 = "the disk of /var/log/ptrd/printed is full" }
            let some = DeadLetterSelection(ids: [1])
            let refused = try #require(await failure { _ = try await plane.replay(ReplayRequest(selection: some)) })
            #expect(refused.code == .precondition && refused.code.exitStatus == .precondition)
            #expect(refused.message.contains("/var/log/ptrd/printed is full"))
            #expect(refused.hint?.contains("--wait") == true)
            #expect(await plane.status().messages.received == 0)
            // To count is no replay.
            #expect(try await plane.replay(ReplayRequest(selection: some, dryRun: true)).matched == 1)
            #expect(try await plane.replay(ReplayRequest(selection: some, wait: true)).done == 1)
            output.trouble.withLock { $0 = nil }
            #expect(try await plane.replay(ReplayRequest(selection: DeadLetterSelection(ids: [2]))).done == 1)
        }
    }

    @Test("times of dead letters are those of everything else, to the microsecond")
    func timesOfLetters() async throws {
        let letters = try await plane.deadLetters(DeadLettersRequest()).deadLetters
        #expect(letters.map(\.time) == Array(repeating: "2026-11-23T19:43:30.123456Z", count: 5))
    }

    @Test("a purge deletes what is meant and no more")
    func purge() async throws {
        let some = try await plane.purge(PurgeRequest(selection: DeadLetterSelection(ids: [1, 9])))
        #expect(some.matched == 2 && some.done == 1 && some.refused.map(\.id) == [9])
        #expect(try await plane.purge(PurgeRequest(selection: DeadLetterSelection(stream: "b", limit: 1))).done == 1)
        #expect(try await plane.deadLetters(DeadLettersRequest()).deadLetters.map(\.id) == [3, 4, 5])
        #expect(try await plane.purge(PurgeRequest(selection: DeadLetterSelection(all: true))).done == 3)
        #expect(await plane.status().storage?.storedDeadLetters == 0)
    }
}
