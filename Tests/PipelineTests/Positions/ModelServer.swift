import Locking
import NIOCore
import TestKit

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

/// A server that has all it will ever send, and says of each event whether it gives it an id.
struct ModelServer: Sendable {
    enum Item: Sendable {
        /// With an id of its own, or with the one before it.
        case event(id: String?)
        /// A blank line without data.
        case blank(id: String)
        /// An event that is too large.
        case skipped(id: String?)
    }

    /// Where it goes on for who asks with an id.
    enum Resumption: CaseIterable, Sendable {
        /// After the first group of events that have the id.
        case afterGroup
        /// After the first event that has it, though others of its group follow.
        case afterEvent
    }

    var items: [Item]
    var resumption = Resumption.afterGroup
    /// Whether each connection begins with an event that has no id and is no part of the feed.
    var greets = false
    /// It takes none of these.
    var refused: Set<String> = []

    /// The data of the feed's events: their numbers.
    var data: Set<String> {
        Set(items.indices.compactMap { if case .event = items[$0] { "\($0)" } else { nil } })
    }

    /// The last event id after each item.
    private var ids: [String] {
        var last = ""
        return items.map { item in
            switch item {
            case .event(let id), .skipped(let id): last = id ?? last
            case .blank(let id): last = id
            }
            return last
        }
    }

    /// The first item that who asks with an id gets. Without one, or with one that it does not know, that is its oldest.
    func start(after id: String) -> Int {
        let ids = ids
        guard !id.isEmpty, let first = ids.firstIndex(of: id) else { return 0 }
        switch resumption {
        case .afterEvent: return first + 1
        case .afterGroup: return ids[first...].firstIndex { $0 != id } ?? ids.count
        }
    }

    /// Items as a batch, after an id that they may inherit.
    func batch(_ range: Range<Int>, last: inout String) -> (events: [Event], commits: [EventCommit]) {
        var (events, commits): ([Event], [EventCommit]) = ([], [])
        for index in range {
            switch items[index] {
            case .event(let id):
                last = id ?? last
                events.append(.named("\(index)", id: last))
            case .blank(let id):
                guard id != last else { continue }
                last = id
                commits.append(EventCommit(eventsBefore: events.count, id: ByteBuffer(string: id)))
            case .skipped(let id):
                last = id ?? last
                commits.append(
                    EventCommit(eventsBefore: events.count, id: ByteBuffer(string: last), isSkippedEvent: true))
            }
        }
        return (events, commits)
    }
}

/// A receiver of a model server, whose connections break.
final class ModelSource: Source {
    let name = "a"
    let location = "model"
    private let server: ModelServer
    private let clock: ManualClock
    private let state: Locked<State>

    private struct State {
        var random: SeededGenerator
        var breaks: Int
        var connections = 0
        var asked: [String] = []
    }

    /// - Parameter breaks: how many connections break, at most.
    init(_ server: ModelServer, clock: ManualClock, seed: UInt64, breaks: Int) {
        self.server = server
        self.clock = clock
        state = Locked(State(random: SeededGenerator(seed: seed), breaks: breaks))
    }

    /// What each connection was asked for with.
    var asked: [String] { state.withLock(\.asked) }

    func run(_ intake: StreamIntake) async throws {
        while true {
            let ids = try await intake.resumptionIDs().map { String(buffer: $0) }
            let refused = ids.prefix { server.refused.contains($0) }
            let id = ids.dropFirst(refused.count).first ?? ""
            state.withLock { $0.asked.append(id) }
            intake.connected(after: ByteBuffer(string: id), refused: refused.map { ByteBuffer(string: $0) })
            try await receive(intake, after: id)
            try await clock.sleep(for: .milliseconds(20))
        }
    }

    /// Returns when the connection breaks.
    private func receive(_ intake: StreamIntake, after id: String) async throws {
        var (next, last) = (server.start(after: id), id)
        if server.greets { try await intake.bring([.named("greeting", id: last)], bytes: 1) }
        while true {
            let (length, pause, breaks) = state.withLock { state in
                let breaks = state.breaks > 0 && state.random.chance(25)
                if breaks { state.breaks -= 1 }
                return (state.random.within(1...4), state.random.within(0...30), breaks)
            }
            if breaks { return }
            guard next < server.items.count else {
                if state.withLock({ $0.breaks == 0 }) { try await Notify().wait() }
                try await clock.sleep(for: .milliseconds(40))
                continue
            }
            let end = min(next + length, server.items.count)
            let (events, commits) = server.batch(next..<end, last: &last)
            try await intake.bring(events, commits: commits, bytes: 1)
            next = end
            try await clock.sleep(for: .milliseconds(pause))
        }
    }
}

/// What outlives the lives of one daemon: its disk.
final class ModelDisk: Sendable {
    let checkpoints = Locked<[String: Checkpoint]>([:])

    var position: String { checkpoints.withLock { $0["a"].map { String(buffer: $0.lastEventID) } ?? "" } }
}

/// One life's way to the disk. Once it is cut, what the life stores is lost.
final class ModelStore: StateStore {
    private let disk: ModelDisk
    private let isCut = Locked(false)

    init(_ disk: ModelDisk) { self.disk = disk }

    func cut() { isCut.withLock { $0 = true } }

    func secret() async throws -> [UInt8] { Array("secret".utf8) }

    func checkpoints() async throws -> [Checkpoint] { disk.checkpoints.withLock { Array($0.values) } }

    func commit(_ commit: StateCommit) async throws {
        guard !isCut.withLock({ $0 }) else { return }
        disk.checkpoints.withLock { stored in
            for checkpoint in commit.checkpoints { stored[checkpoint.stream] = checkpoint }
        }
    }
}
