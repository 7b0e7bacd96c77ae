import Locking
import TestKit

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

/// A handler whose bodies are processes as far as the tree can see: they have a pid, take signals, end in some way, and say
/// something before. What they do with their hands says a test.
final class ProcessHandler: Handler {
    typealias Work = @Sendable (_ hand: Hand, _ body: Body) async throws -> Void

    final class Body: WorkerBody {
        let handle: WorkerHandle
        let pid: Int32
        private let owner: ProcessHandler
        private let lives = Locked(false)
        private let end = Locked<PostMortem?>(nil)

        init(_ handle: WorkerHandle, pid: Int32, of owner: ProcessHandler) {
            self.handle = handle
            self.pid = pid
            self.owner = owner
        }

        func start() async throws -> BodyStart {
            try await owner.onStart(handle.name)
            lives.withLock { $0 = true }
            handle.observer.spawned(in: .milliseconds(2))
            return owner.isProven ? .ready : .unproven
        }

        func handle(_ hand: Hand) async throws { try await owner.work(hand, self) }

        func stop(within grace: Duration) async {
            die(.status(0), .stopped)
            await owner.onEnd(handle.name)
        }

        func kill() async {
            die(.signal(9), .killed)
            await owner.onEnd(handle.name)
        }

        var vitals: BodyVitals? {
            guard lives.withLock({ $0 }) else { return nil }
            return BodyVitals(pid: pid, residentBytes: 4 << 20, processorTime: .milliseconds(120))
        }

        func deliver(signal: Int32) -> Bool {
            guard vitals != nil else { return false }
            owner.signals.withLock { $0.append(signal) }
            if !owner.ignored.contains(signal) {
                die(.signal(signal), .own, saying: ["about to fall", "fell"])
                handle.ended(BodyEnded("ended by signal \(signal)"))
            }
            return true
        }

        var postMortem: PostMortem? { end.withLock { $0 } }

        var delayReason: String? { owner.delayReason }

        /// It ends; only the first time counts.
        func die(_ exit: BodyExit, _ cause: BodyExitCause, saying lines: [String] = []) {
            let isFirst = lives.withLock { lives in
                defer { lives = false }
                return lives
            }
            guard isFirst else { return }
            end.withLock { $0 = PostMortem(pid: pid, exit: exit, cause: cause, errorLines: lines) }
            handle.observer.exited(exit, cause)
        }
    }

    /// Does nothing with a hand.
    static let nothing: Work = { hand, _ in hand.settle(.done) }

    let demand: Demand
    let delayReason: String?
    /// Whether its bodies work as soon as they are started.
    let isProven: Bool
    /// The signals that came.
    let signals = Locked<[Int32]>([])
    private let ignored: Set<Int32>
    private let onStart: @Sendable (_ worker: String) async throws -> Void
    private let onEnd: @Sendable (_ worker: String) async -> Void
    private let work: Work
    private let lastPID = Locked<Int32>(100)

    init(
        _ demand: Demand = Demand(), isProven: Bool = true, ignoring ignored: Set<Int32> = [],
        delayReason: String? = nil,
        start: @escaping @Sendable (_ worker: String) async throws -> Void = { _ in },
        end: @escaping @Sendable (_ worker: String) async -> Void = { _ in },
        work: @escaping Work
    ) {
        self.demand = demand
        self.isProven = isProven
        self.ignored = ignored
        self.delayReason = delayReason
        onStart = start
        onEnd = end
        self.work = work
    }

    func makeBody(of worker: WorkerHandle) -> any WorkerBody {
        let pid = lastPID.withLock { last in
            last += 1
            return last
        }
        return Body(worker, pid: pid, of: self)
    }
}
