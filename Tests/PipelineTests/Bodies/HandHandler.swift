import Locking
import NIOCore
import TestKit

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

/// A handler whose bodies do what a test says, and that tells what they did.
final class HandHandler: Handler {
    typealias Work = @Sendable (_ hand: Hand, _ body: Body) async throws -> Void

    /// The life of one incarnation of a worker.
    final class Body: WorkerBody {
        let handle: WorkerHandle
        private let owner: HandHandler

        init(_ handle: WorkerHandle, of owner: HandHandler) {
            self.handle = handle
            self.owner = owner
        }

        func start() async throws -> BodyStart {
            owner.state.withLock { $0.starts.append((handle.name, owner.clock.now.offset)) }
            return try await owner.onStart(handle.name)
        }

        func handle(_ hand: Hand) async throws {
            owner.state.withLock { state in
                state.hands.append(hand)
                for entry in hand.entries { state.attempts[entry.data] = entry.attempt }
            }
            try await owner.work(hand, self)
        }

        func stop(within grace: Duration) async { owner.state.withLock { $0.ends.append("stop \(handle.name)") } }

        func kill() async {
            owner.state.withLock { $0.ends.append("kill \(handle.name)") }
            await owner.onKill()
        }
    }

    private struct State {
        var hands: [Hand] = []
        var attempts: [String: Int] = [:]
        var starts: [(worker: String, time: Duration)] = []
        var ends: [String] = []
    }

    let demand: Demand
    let clock: ManualClock
    private let onStart: @Sendable (_ worker: String) async throws -> BodyStart
    private let onKill: @Sendable () async -> Void
    private let work: Work
    private let state = Locked(State())

    init(
        _ demand: Demand, clock: ManualClock,
        start: @escaping @Sendable (_ worker: String) async throws -> BodyStart = { _ in .ready },
        kill: @escaping @Sendable () async -> Void = {}, work: @escaping Work
    ) {
        self.demand = demand
        self.clock = clock
        onStart = start
        onKill = kill
        self.work = work
    }

    func makeBody(of worker: WorkerHandle) -> any WorkerBody { Body(worker, of: self) }

    /// The hands that were begun, as the data of their messages.
    var hands: [[String]] { state.withLock { $0.hands.map { $0.entries.map(\.data) } } }
    /// In which attempt each message was begun last.
    var attempts: [String: Int] { state.withLock(\.attempts) }
    var starts: [(worker: String, time: Duration)] { state.withLock(\.starts) }
    /// How bodies were ended.
    var ends: [String] { state.withLock(\.ends) }
}

extension Hand.Entry {
    var data: String { String(buffer: message.event.data) }
}

extension Hand {
    var data: [String] { entries.map(\.data) }
}

/// A source that brings events at a steady rate, in portions of ten milliseconds.
final class PacedSource: Source {
    let name: String
    let location = "test"
    private let data: @Sendable (Int) -> String
    private let count: Int
    private let portion: Int
    private let clock: ManualClock

    /// - Parameter data: of an event by its number, from 1.
    init(
        _ name: String = "paced", count: Int, perSecond rate: Int, clock: ManualClock,
        data: @escaping @Sendable (Int) -> String = { "\($0)" }
    ) {
        self.name = name
        self.count = count
        portion = max(rate / 100, 1)
        self.clock = clock
        self.data = data
    }

    func run(_ intake: StreamIntake) async throws {
        var next = (Int(String(buffer: try await intake.resume())) ?? 0) + 1
        _ = intake.opened()
        let start = clock.now
        let first = next
        while next <= count {
            let last = min(next + portion - 1, count)
            let events = (next...last).map {
                Event(id: ByteBuffer(string: "\($0)"), data: ByteBuffer(string: data($0)))
            }
            try await intake.bring(events, bytes: 0)
            next = last + 1
            // By the clock, so that what was held up is made up for.
            let due = start.advanced(by: .milliseconds(10) * ((next - first) / portion))
            if due > clock.now { try await clock.sleep(for: clock.now.duration(to: due)) }
        }
        try await Notify().wait()
    }
}

extension VirtualTree {
    /// A tree of a paced source for figures: the books are not looked at in full at every step, which would take minutes.
    static func paced(
        _ source: PacedSource, _ settings: ApplicationSettings = .brisk, clock: ManualClock, handler: any Handler
    ) -> VirtualTree {
        let tree = VirtualTree([source], settings: settings, clock: clock, handler: handler)
        tree.application.ledger.withLock { $0.isAudited = false }
        return tree
    }

    var kinds: [ApplicationStatus.Problem.Kind] { status.problems.map(\.kind) }
}

extension ApplicationSettings {
    /// As ``virtual``, with the window and the times of the configuration's defaults, and 8 workers under 2 direct supervisors.
    static var brisk: ApplicationSettings {
        var settings = ApplicationSettings.virtual
        settings.maxInFlight = 4096
        settings.scaling = ScalingPolicy(min: 2, max: 8, workersPerSupervisor: 4)
        settings.initialBackoff = .milliseconds(100)
        settings.maximumBackoff = .seconds(10)
        settings.workerTimeout = .seconds(20)
        return settings
    }
}
