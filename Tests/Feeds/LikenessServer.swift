import Locking
import NIOCore
import NIOHTTP1
import NIOPosix

/// A server that behaves as a public feed does, and does at a word what such servers do to their clients.
///
/// Nothing happens in it by itself: events come by ``grow(by:)``, heartbeats by ``beat()``.
package final class LikenessServer: Sendable {
    /// Where it listens.
    package enum Place: Sendable {
        /// At port 0 at any that is free.
        case tcp(host: String, port: Int)
        case unix(path: String)
    }

    /// How connections end.
    package enum Ending: Sendable {
        /// As HTTP has it: the body is whole.
        case clean
        /// In the middle of an event.
        case torn
        /// With a reset.
        case reset
    }

    /// What everybody gets in place of an answer.
    package struct Refusal: Sendable {
        let status: HTTPResponseStatus
        let headers: HTTPHeaders
        let text: String

        package init(_ status: HTTPResponseStatus, _ text: String = "no\n", _ headers: HTTPHeaders = [:]) {
            self.status = status
            self.headers = headers
            self.text = text
        }
    }

    /// What has happened so far.
    package struct Record: Sendable {
        /// How many connections there were.
        package fileprivate(set) var connections = 0
        /// How many requests there were, and the last of them.
        package fileprivate(set) var requests = 0
        package fileprivate(set) var lastRequests: [FeedRequest] = []
        /// How many of them were answered with an event stream; how many of those are open.
        package fileprivate(set) var opened = 0
        package fileprivate(set) var open = 0
        /// How many streams were sent to their own end.
        package fileprivate(set) var completed = 0
        /// With which status the others were answered.
        package fileprivate(set) var refused: [UInt] = []

        /// Requests are kept for who asks what came; a server for days does not keep them all.
        fileprivate static let kept = 100
    }

    /// What stands before HTTP on each connection: TLS.
    package typealias Front = @Sendable (any Channel) throws -> Void

    private struct State {
        var count = 0
        var secret: String
        var refusal: Refusal?
        var front: Front?
        var listeners: [any Channel] = []
        /// Of the first and the other host, as they are once it has listened.
        var ports: [Int] = []
        var connections: [Int: NIOLoopBound<LikenessConnection>] = [:]
        var record = Record()
        var waiters: [(isSo: @Sendable (Record) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []
    }

    let likeness: any FeedLikeness
    /// Whether streams made for one request alone come piece by piece, by ``grow(by:)``, too.
    let isPaced: Bool
    /// After how many seconds each stream ends; nil: never.
    let lifetime: Double?
    private let place: Place
    private let group: any EventLoopGroup
    private let state: Locked<State>

    package init(
        _ likeness: any FeedLikeness, at place: Place = .tcp(host: "127.0.0.1", port: 0), secret: String = "demo",
        isPaced: Bool = false, lifetime: Double? = nil,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) {
        self.likeness = likeness
        self.lifetime = lifetime ?? likeness.lifetime
        self.place = place
        self.isPaced = isPaced
        self.group = group
        state = Locked(State(secret: secret))
    }

    // MARK: Listening

    /// Listens, if it does not; after ``stop()`` at the same place again.
    package func start() async throws {
        guard state.withLock(\.listeners.isEmpty) else { return }
        switch place {
        case .unix(let path):
            let listener = try await bootstrap(door: 0).bind(
                unixDomainSocketPath: path, cleanupExistingSocketFile: true
            ).get()
            state.withLock { $0.listeners = [listener] }
        case .tcp(let host, let port):
            for door in 0..<(likeness.hasOtherHost ? 2 : 1) {
                let known = state.withLock { door < $0.ports.count ? $0.ports[door] : nil }
                let listener = try await bootstrap(door: door)
                    .bind(host: host, port: known ?? (door == 0 ? port : 0)).get()
                state.withLock { state in
                    state.listeners.append(listener)
                    if known == nil { state.ports.append(listener.localAddress?.port ?? port) }
                }
            }
        }
    }

    private func bootstrap(door: Int) -> ServerBootstrap {
        ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    change { $0.record.connections += 1 }
                    let (number, front) = state.withLock { ($0.record.connections, $0.front) }
                    try front?(channel)
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false)
                    let connection = LikenessConnection(self, number: number, door: door)
                    try pipeline.addHandler(connection)
                    let bound = NIOLoopBound(connection, eventLoop: channel.eventLoop)
                    state.withLock { $0.connections[number] = bound }
                }
            }
    }

    /// Listens no more, and ends all connections.
    package func stop() async {
        let listeners = state.withLock { state in
            defer { state.listeners = [] }
            return state.listeners
        }
        for listener in listeners { try? await listener.close() }
        drop(.reset)
    }

    /// The port it listens at.
    package var port: Int { state.withLock { $0.ports.first ?? 0 } }

    /// What stands before HTTP from the next connection on.
    package func use(_ front: @escaping Front) { state.withLock { $0.front = front } }

    // MARK: What happens

    /// So many things happen.
    package func grow(by events: Int) {
        state.withLock { $0.count += events }
        forAll { $0.proceed(pieces: events) }
    }

    /// Says to all that the connection is alive, as the feed does.
    package func beat() {
        if let heartbeat = likeness.heartbeat { say(heartbeat) }
    }

    /// Sends something to all that is no event of the log.
    package func say(_ text: String) { forAll { $0.say(text) } }

    /// Ends all connections.
    package func drop(_ ending: Ending) { forAll { $0.end(ending) } }

    /// Answers everybody with a refusal from now on; nil: no more.
    package func refuse(_ refusal: Refusal?) { state.withLock { $0.refusal = refusal } }

    /// Accepts another secret, and no more the one before. Who is connected stays so.
    package func rotate(to secret: String) { state.withLock { $0.secret = secret } }

    /// How many events there have been.
    package var count: Int { state.withLock(\.count) }
    package var record: Record { state.withLock(\.record) }

    /// Event `number`, as it is for who asked so.
    package func event(_ number: Int, for request: FeedRequest) -> String? { likeness.event(number, for: request) }

    /// Waits until what has happened is as it shall be.
    package func wait(until isSo: @escaping @Sendable (Record) -> Bool) async {
        await withCheckedContinuation { continuation in
            change { $0.waiters.append((isSo, continuation)) }
        }
    }

    private func forAll(_ act: @escaping @Sendable (LikenessConnection) -> Void) {
        for connection in state.withLock({ Array($0.connections.values) }) {
            connection.eventLoop.execute { act(connection.value) }
        }
    }

    // MARK: What connections ask and tell

    func answer(_ head: HTTPRequestHead, body: ByteBuffer, door: Int) -> (FeedRequest, FeedAnswer) {
        let (refusal, known, other) = state.withLock { state in
            (
                state.refusal, FeedState(count: state.count, secret: state.secret),
                door == 0 && state.ports.count > 1 ? state.ports[1] : nil
            )
        }
        let request = FeedRequest(head, body: body, otherPort: other)
        let answer = refusal.map { .text($0.status, $0.text, $0.headers) } ?? likeness.answer(request, known)
        change { state in
            state.record.requests += 1
            if state.record.lastRequests.count == Record.kept { state.record.lastRequests.removeFirst() }
            state.record.lastRequests.append(request)
            switch answer {
            case .text(let status, _, _):
                if state.record.refused.count == Record.kept { state.record.refused.removeFirst() }
                state.record.refused.append(status.code)
            case .events, .script:
                state.record.opened += 1
                state.record.open += 1
            }
        }
        return (request, answer)
    }

    func isOver(completed: Bool) {
        change { state in
            state.record.open -= 1
            if completed { state.record.completed += 1 }
        }
    }

    func closed(_ number: Int) { state.withLock { $0.connections[number] = nil } }

    private func change(_ change: (inout State) -> Void) {
        let ready = state.withLock { state in
            change(&state)
            let record = state.record
            let ready = state.waiters.filter { $0.isSo(record) }.map(\.continuation)
            if !ready.isEmpty { state.waiters.removeAll { $0.isSo(record) } }
            return ready
        }
        for waiter in ready { waiter.resume() }
    }
}
