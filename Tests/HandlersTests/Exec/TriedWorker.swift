import Glibc
import Launching
import Logging
import NIOCore
import Supervision
import TestKit

@testable import Handlers
@testable import Ledger
@testable import Pipeline

/// A worker's body outside of a tree, with real processes, and what came of it.
final class TriedWorker: BodyObserver {
    struct Seen: Sendable {
        var answers: [UInt64: Outcome] = [:]
        /// Why it is of no more use.
        var end: (any Error)?
        var exits: [End] = []
        var spawned = 0
        var outOfOrder = 0
        var dropped = 0
        var isProven = false
    }

    /// How a process ended.
    struct End: Sendable, Equatable {
        var exit: BodyExit?
        var cause: BodyExitCause

        init(_ exit: BodyExit?, _ cause: BodyExitCause) { (self.exit, self.cause) = (exit, cause) }
    }

    let seen = Watched(Seen())
    let log = Watched<[(level: Logger.Level, text: String)]>([])
    let folder = TemporaryFolder()
    let handler: ExecHandler
    private let made = Watched<(any WorkerBody)?>(nil)

    /// - Parameter clock: what time goes by; processes take their own.
    init(
        _ command: [String], clock: any Clock<Duration> = ContinuousClock(),
        change: (inout ExecOptions) -> Void = { _ in }
    ) throws {
        var options = ExecOptions(
            LaunchSpecification(
                command: command, environment: ["PATH": "/usr/bin:/bin", "NOTES": folder.path], workingDirectory: "/"))
        options.stopGrace = .seconds(10)
        change(&options)
        let lines = log
        handler = try ExecHandler(
            options, runtime: SupervisionRuntime(clock: clock), wallTime: { _ in 0 },
            logger: Logger(label: "test") { _ in WatchedLog(lines: lines) })
        let seen = seen
        made.change {
            $0 = handler.makeBody(
                of: WorkerHandle(name: "worker.1.1", observer: self) { error in seen.change { $0.end = $0.end ?? error }
                })
        }
    }

    convenience init(shell script: String, change: (inout ExecOptions) -> Void = { _ in }) throws {
        try self.init(["/bin/sh", "-c", script], change: change)
    }

    convenience init(python script: String, change: (inout ExecOptions) -> Void = { _ in }) throws {
        try self.init(["/usr/bin/python3", "-I", "-S", "-c", script], change: change)
    }

    var body: any WorkerBody { made.value! }

    /// Gives it messages at once, with numbers from one on.
    func give(_ data: String..., from first: UInt64 = 1) async throws {
        let messages = data.enumerated().map { index, data in
            Message(Event(data: ByteBuffer(string: data)), stream: "tweets", sequence: first + UInt64(index))
        }
        try await body.handle(
            Hand(messages, worker: "worker.1.1") { [seen] answer in
                seen.change { $0.answers[first + UInt64(answer.index)] = answer.outcome }
            })
        body.flush()
    }

    /// Waits for so many answers, or for its end.
    @discardableResult
    func answers(_ count: Int) async -> [UInt64: Outcome] {
        await seen.wait { $0.answers.count >= count || $0.end != nil }.answers
    }

    /// Waits until it is of no more use; returns why.
    func end() async -> any Error { await seen.wait { $0.end != nil }.end! }

    /// Ends it, with all that it has started.
    func close() async {
        await body.kill()
        await handler.close(within: .seconds(10))
        made.change { $0 = nil }
    }

    /// Runs a test with a worker, and ends that.
    static func with(_ worker: TriedWorker, _ body: (TriedWorker) async throws -> Void) async throws {
        do { try await body(worker) } catch {
            await worker.close()
            throw error
        }
        await worker.close()
    }

    func proved() { seen.change { $0.isProven = true } }
    func spawned(in duration: Duration) { seen.change { $0.spawned += 1 } }
    func exited(_ exit: BodyExit?, _ cause: BodyExitCause) { seen.change { $0.exits.append(End(exit, cause)) } }
    func answeredOutOfOrder(_ count: Int) { seen.change { $0.outOfOrder += count } }
    func droppedErrorLines(_ count: Int) { seen.change { $0.dropped += count } }
}

/// Workers as scripts of the shell, which starts quickly and writes at once.
enum Shell {
    /// Reads a line, and answers that the message, or all of the batch, is done.
    static let answer = #"""
        parse() { rest=${line#*\"seq\":}; seq=${rest%%,*}; frame=${line##*\"frame\":}; frame=${frame%\}}; }
        answer() { case $line in
            '{"batch"'*) printf '{"frame":%s,"status":"%s","reason":"the row"}\n' "$frame" "$1" ;;
            *) printf '{"seq":%s,"status":"%s","reason":"the row"}\n' "$seq" "$1" ;;
        esac; }
        done_() { case $line in
            '{"batch"'*) printf '{"frame":%s,"status":"done"}\n' "$frame" ;;
            *) printf '{"seq":%s,"status":"done"}\n' "$seq" ;;
        esac; }

        """#

    /// A worker that says it is ready, notes its starts, and does something else over what holds the word "poison".
    static func worker(poison: String, good: String = "done_", end: String = ":") -> String {
        answer + #"""
            echo "start $$" >>"$NOTES/starts"
            printf '{"ready":1}\n'
            while IFS= read -r line; do
                parse
                case $line in
                *poison*) echo met >>"$NOTES/met"
                    \#(poison) ;;
                *) \#(good) ;;
                esac
            done
            \#(end)
            """#
    }
}
