import Launching
import Locking
import NIOCore
import Pipeline
import WorkerProtocol

/// A worker that starts a process for each message: its data is the process's standard input, the rest stands in its environment,
/// and how it exits is the answer.
final class OneshotBody: WorkerBody {
    private let handler: ExecHandler
    private let worker: WorkerHandle
    private let run = Locked<OneshotRun?>(nil)

    init(_ handler: ExecHandler, _ worker: WorkerHandle) {
        self.handler = handler
        self.worker = worker
    }

    func handle(_ hand: Hand) async throws {
        for (index, entry) in hand.entries.enumerated() {
            try Task.checkCancellation()
            if let outcome = try await handle(entry) { hand.report(outcome, at: index) }
        }
    }

    /// nil: it was ended from here.
    private func handle(_ entry: Hand.Entry) async throws -> Outcome? {
        let run = OneshotRun()
        self.run.withLock { $0 = run }
        let process: WorkerProcess
        do {
            process = try await WorkerProcess.start(
                handler, worker, replies: nil,
                variables: OneshotProtocol.environment(of: handler.frameMessage(entry)), listener: run)
        } catch {
            // No message has a part in that, and no worker either.
            return .unavailable("it cannot be started: \(error)")
        }
        run.begin(process)
        process.write(entry.message.event.data)
        process.closeInput()
        let exit = await withTaskCancellationHandler {
            await run.exit.value
        } onCancel: {
            process.kill(over: .killed)
        }
        if Task.isCancelled { return nil }
        return try judge(exit, of: process)
    }

    private func judge(_ exit: ProcessExit, of process: WorkerProcess) throws -> Outcome {
        let last =
            process.log.last.last { !$0.isEmpty }.map { "; the last on its standard error: \($0.oneLine(200))" } ?? ""
        switch exit.cause {
        case .exited(let status):
            switch OneshotProtocol.Ending(status: status) {
            case .done: return .done
            case .failed: return .failed("it \(exit)\(last)")
            case .rejected: return .rejected("it \(exit)\(last)")
            case .unavailable: return .unavailable("it \(exit)\(last)")
            case .crashed: throw ProcessCrashed(description: "it \(exit)\(last)")
            }
        case .signalled where process.wantedMemory:
            throw ProcessCrashed(description: "the kernel has ended it, because it took more than memory_max\(last)")
        case .signalled(let number, _) where SignalNumber.outside.contains(number):
            throw BodyEnded("it \(exit), which nobody here has sent\(last)", isFromOutside: true)
        case .signalled: throw ProcessCrashed(description: "it \(exit)\(last)")
        case .unknown: throw BodyEnded("\(exit)\(last)")
        }
    }

    private var process: WorkerProcess? { run.withLock { $0 }?.process }

    func stop(within grace: Duration) async { await kill() }

    func kill() async {
        process?.kill(over: .killed)
        await process?.end()
    }

    var vitals: BodyVitals? { process?.vitals }

    func deliver(signal: Int32) -> Bool { process?.signal(signal) ?? false }

    var postMortem: PostMortem? { process?.postMortem }
}

/// A process for one message: it is only waited for its end.
private final class OneshotRun: WorkerProcessListener {
    let exit = OneShot<ProcessExit>()
    private let started = Locked<WorkerProcess?>(nil)

    var process: WorkerProcess? { started.withLock { $0 } }

    func begin(_ process: WorkerProcess) { started.withLock { $0 = process } }

    func received(_ bytes: ByteBuffer) {}

    func repliesEnded() {}

    /// It need not read its input.
    func inputBroken() {}

    func gaveSign() {}

    func ended(_ exit: ProcessExit, of process: WorkerProcess) { self.exit.resolve(exit) }
}
