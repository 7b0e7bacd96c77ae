import Locking
import Logging
import NIOCore
import Pipeline
import Supervision
import Testing

@testable import Cluster

@Suite("Nodes that share a stream", .timeLimit(.minutes(2)))
struct StreamLeasesTests {
    @Test("what was brought is finished before a stream is given up, and the next node goes on after it")
    func finished() async throws {
        let bucket = MemoryBucket()
        let (a, b) = (Node("a", bucket, holds: true), Node("b", bucket))
        try await a.begin()
        try await until { a.taken.count == 3 && a.leases.statuses["feed"]?.role == .holder }
        try await b.begin()
        a.leases.retain([])
        // Its messages are in process, so it is still a's.
        try await until { b.leases.statuses["feed"]?.holder == "a" }
        // It has no id to go on after yet.
        #expect(a.leases.permit(for: "feed") == .granted && b.leases.permit(for: "feed") == .abandoned)
        #expect(b.application.status.streams.first?.state == .standby)
        a.letGo()
        try await until { b.leases.permit(for: "feed") == .granted && b.feed.asked == ["2"] }
        // The last id may go on; what came of it is recognised.
        try await until { b.application.status.streams.first?.repeated == 1 }
        #expect(b.taken.isEmpty && a.leases.permit(for: "feed") == .abandoned)
        await a.end()
        await b.end()
        #expect(bucket.record?.holder == nil && bucket.record?.epoch == 2)
    }

    @Test("what was brought before an id was stored comes again nowhere, however far the next node has come")
    func abandoned() async throws {
        let bucket = MemoryBucket()
        let a = Node("a", bucket, holds: true, lease: .seconds(1))
        let b = Node("b", bucket, lease: .seconds(1))
        try await a.begin()
        try await until { a.taken.count == 3 && a.leases.statuses["feed"]?.role == .holder }
        bucket.cut("a", true)
        try await b.begin()
        try await until {
            bucket.record?.holder?.node == "b" && bucket.record?.position?.lastEventID.readableBytes == 1
        }
        bucket.cut("a", false)
        try await until { a.leases.statuses["feed"]?.holder == "b" }
        #expect(a.leases.permit(for: "feed") == .abandoned)
        a.letGo()
        await a.end()
        await b.end()
    }

    @Test("who cannot reach the bucket beyond the lease is granted nothing, and stands by when another one has it")
    func cutOff() async throws {
        let bucket = MemoryBucket()
        let (a, b) = (Node("a", bucket, lease: .seconds(1)), Node("b", bucket, lease: .seconds(1)))
        try await a.begin()
        try await until {
            a.leases.permit(for: "feed") == .granted && bucket.record?.position?.lastEventID.readableBytes == 1
        }
        bucket.cut("a", true)
        try await b.begin()
        try await until { b.leases.permit(for: "feed") == .granted }
        #expect(a.leases.permit(for: "feed") == .doubtful)
        #expect(a.leases.statuses["feed"]?.trouble == "cut off")
        bucket.cut("a", false)
        try await until { a.leases.permit(for: "feed") == .lost }
        try await until { a.application.status.streams.first?.state == .standby }
        #expect(a.told.contains(.lost(to: "b", epoch: 2)) && b.told.contains(.taken(epoch: 2)))
        await a.end()
        await b.end()
    }

    @Test(
        "a dead letter is stored here before the position in the bucket passes it; the lease is renewed all the while")
    func deadLetters() async throws {
        let (bucket, store) = (MemoryBucket(), KeptState(fails: true))
        let a = Node("a", bucket, store: store, rejects: "e1")
        try await a.begin()
        try await until { a.application.status.messages.deadLettered == 1 && a.taken.count == 3 }
        let revision = bucket.revision
        try await until { bucket.revision > revision + 5 }
        #expect(bucket.record?.position == nil && bucket.record?.epoch == 1)
        store.mend()
        try await until { bucket.record?.position?.lastEventID == ByteBuffer(string: "2") }
        #expect(store.letters == 1)
        await a.end()
    }

    @Test("a position of another source is none: the stream begins anew, and that is told")
    func otherSource() async throws {
        let bucket = MemoryBucket()
        let a = Node("a", bucket)
        try await a.begin()
        try await until { bucket.record?.position?.lastEventID.readableBytes == 1 }
        await a.end()
        let b = Node("b", bucket, location: "http://other/")
        try await b.begin()
        try await until { b.feed.asked == [""] && b.taken.count == 3 }
        #expect(b.told.contains(.otherSource("http://feed/")))
        await b.end()
    }
}

/// Waits for what another task is to bring about; nobody announces that.
private func until(_ isSo: () -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while !isSo() {
        try #require(ContinuousClock.now < deadline, "not in time")
        try await Task.sleep(for: .milliseconds(5))
    }
}

/// A tree over one feed, and its leases.
private final class Node: Sendable {
    let leases: StreamLeases
    let application: Application
    let feed: ThreeEvents
    private let handler: HeldHandler
    private let news = News()
    private let run = Locked<Task<Void, Never>?>(nil)

    init(
        _ name: String, _ bucket: MemoryBucket, store: KeptState = KeptState(), holds: Bool = false,
        rejects: String? = nil,
        lease: Duration = .seconds(60),
        location: String = "http://feed/"
    ) {
        let terms = LeaseMachine.Terms(
            me: LeaseRecord.Holder(node: name, directory: name), lease: lease, period: .milliseconds(50),
            patience: .milliseconds(200))
        leases = StreamLeases(terms, in: bucket.seen(by: name)) { [news] _, one in news.all.withLock { $0.append(one) }
        }
        feed = ThreeEvents(location: location)
        handler = HeldHandler(holds: holds, rejects: rejects)
        var settings = ApplicationSettings()
        settings.storeInterval = .milliseconds(50)
        application = Application(
            settings: settings, sources: [leases.leased(feed)], handler: handler,
            store: LeasedStateStore(store, leases), wallClock: { 0 }, logger: Logger(label: name))
    }

    var told: [LeaseNews] { news.all.withLock(\.self) }

    /// What its handler was given.
    var taken: [String] { handler.taken }

    func letGo() { handler.letGo() }

    func begin() async throws {
        try await application.recover()
        run.withLock { run in run = Task { [application] in _ = await application.run() } }
    }

    func end() async {
        letGo()
        _ = await application.drain(within: .seconds(5))
        application.stop()
        await run.withLock(\.self)?.value
        await leases.close()
    }
}

private final class News: Sendable { let all = Locked<[LeaseNews]>([]) }

private struct ThreeEvents: Source {
    let name = "feed"
    let location: String
    private let seen: Asked

    private final class Asked: Sendable { let ids = Locked<[String]>([]) }

    init(location: String) {
        self.location = location
        seen = Asked()
    }

    /// With which ids it was asked.
    var asked: [String] { seen.ids.withLock(\.self) }

    func run(_ intake: StreamIntake) async throws {
        let id = try await intake.resume()
        seen.ids.withLock { $0.append(String(buffer: id)) }
        _ = intake.opened()
        let after = Int(String(buffer: id)) ?? 0
        let events = (1...3).filter { $0 > after }.map {
            Event(id: ByteBuffer(string: "\($0)"), data: ByteBuffer(string: "e\($0)"))
        }
        try await intake.bring(events, bytes: 0)
        try await intake.waitUntilStopped()
    }
}

/// Does what it is given, at once or when it is let go.
private final class HeldHandler: Handler {
    private struct State {
        var holds: Bool
        var hands: [Hand] = []
        var taken: [String] = []
    }

    private let state: Locked<State>

    private let rejects: String?

    init(holds: Bool, rejects: String?) {
        state = Locked(State(holds: holds))
        self.rejects = rejects
    }

    var demand: Demand { Demand(batch: 1, prefetch: 1) }

    var taken: [String] { state.withLock(\.taken) }

    func letGo() {
        let hands = state.withLock { state in
            state.holds = false
            defer { state.hands = [] }
            return state.hands
        }
        for hand in hands { hand.settle(.done) }
    }

    func makeBody(of worker: WorkerHandle) -> any WorkerBody { Body(self) }

    private func take(_ hand: Hand) -> Bool {
        state.withLock { state in
            state.taken += hand.entries.map { String(buffer: $0.message.event.data) }
            if state.holds { state.hands.append(hand) }
            return state.holds
        }
    }

    private final class Body: WorkerBody {
        private let handler: HeldHandler

        init(_ handler: HeldHandler) { self.handler = handler }

        func handle(_ hand: Hand) async throws {
            guard !handler.take(hand) else { return }
            for (place, entry) in hand.entries.enumerated() {
                let isRejected = String(buffer: entry.message.event.data) == handler.rejects
                hand.report(isRejected ? .rejected("no") : .done, at: place)
            }
        }

        func kill() async {}
    }
}

/// A store with a secret of its own. Its checkpoints are forgotten, as if the node were new each time.
private final class KeptState: StateStore {
    private struct State {
        var fails: Bool
        var letters = 0
    }

    struct DiskFull: Error {}

    private let state: Locked<State>

    init(fails: Bool = false) { state = Locked(State(fails: fails)) }

    var letters: Int { state.withLock(\.letters) }

    func mend() { state.withLock { $0.fails = false } }

    func secret() async throws -> [UInt8] { withUnsafeBytes(of: ObjectIdentifier(self), Array.init) }

    func checkpoints() async throws -> [Checkpoint] { [] }

    func commit(_ commit: StateCommit) async throws {
        try state.withLock { state in
            if state.fails { throw DiskFull() }
            state.letters += commit.deadLetters.count
        }
    }
}

/// A bucket with one record, from which nodes can be cut off.
private final class MemoryBucket: Sendable {
    private struct State {
        var value: [UInt8]?
        var revision: UInt64 = 0
        var cut: Set<String> = []
    }

    struct CutOff: Error, CustomStringConvertible { let description = "cut off" }

    private struct Seen: LeaseBucket {
        let bucket: MemoryBucket
        let node: String

        func read(_ key: String, within limit: Duration) async throws -> (value: [UInt8]?, revision: UInt64) {
            try bucket.state.withLock { state in
                guard !state.cut.contains(node) else { throw CutOff() }
                return (state.value, state.revision)
            }
        }

        func write(
            _ key: String, _ value: [UInt8], ifRevision revision: UInt64, within limit: Duration
        ) async throws -> UInt64? {
            try bucket.state.withLock { state in
                guard !state.cut.contains(node) else { throw CutOff() }
                guard state.revision == revision else { return nil }
                state.value = value
                state.revision += 1
                return state.revision
            }
        }
    }

    private let state = Locked(State())

    var record: LeaseRecord? { state.withLock { $0.value.flatMap { LeaseRecord(reading: $0) } } }

    var revision: UInt64 { state.withLock(\.revision) }

    func seen(by node: String) -> any LeaseBucket { Seen(bucket: self, node: node) }

    func cut(_ node: String, _ isSo: Bool) {
        state.withLock { state in
            if isSo { state.cut.insert(node) } else { state.cut.remove(node) }
        }
    }
}
