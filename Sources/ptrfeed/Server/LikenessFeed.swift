import Feeds
import NIOCore
import NIOPosix

/// A server of `--like`, in which things happen at a rate.
struct LikenessFeed: Sendable {
    /// Slow enough to be read.
    static let usualRate = RateRange(minimum: 10, maximum: 10)

    /// One line for people: what is served, where and how.
    let summary: String
    private let server: LikenessServer
    private let group: MultiThreadedEventLoopGroup

    /// Binds, listens, and lets things happen.
    ///
    /// - Throws: ``FeedServerError`` when the address cannot be had.
    static func start(
        _ name: FeedName, listen: ListenOption, rate: RateRange, period: Double?, count: Int?, seed: UInt64,
        lifetime: Double?
    ) async throws -> LikenessFeed {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let likeness = name.likeness(seed: seed)
        let server = LikenessServer(
            likeness, at: .tcp(host: listen.host, port: listen.port), isPaced: true, lifetime: lifetime, group: group)
        do {
            try await server.start()
        } catch {
            try? await group.shutdownGracefully()
            throw FeedServerError(error, host: listen.host, port: listen.port)
        }
        let loop = group.next()
        let pacing = LikenessPacing(rate: rate, period: period ?? 30, count: count ?? .max)
        try? await loop.submit { pacing.begin(server, on: loop) }.get()
        let host = listen.host.contains(":") ? "[\(listen.host)]" : listen.host
        let places = likeness.paths.map { "http://\(host):\(server.port)\($0)" }.joined(separator: " and ")
        return LikenessFeed(
            summary: "serving \(places) like \(name.rawValue): \(rate) events/s, seed \(seed). It asks for "
                + likeness.demands,
            server: server, group: group)
    }

    /// Listens no more, and closes every connection.
    func stop() async {
        await server.stop()
        // It fails only where it has been shut down before, which is as good.
        try? await group.shutdownGracefully()
    }
}

/// How the log of a server of `--like` grows.
private struct LikenessPacing: Sendable {
    let rate: RateRange
    let period: Double
    /// How much happens at most.
    let count: Int

    private static let tick = TimeAmount.milliseconds(20)
    /// How often each connection hears that it is alive.
    private static let heartbeat = TimeAmount.seconds(15)

    /// Lets things happen; on the event loop, to whose end.
    func begin(_ server: LikenessServer, on loop: any EventLoop) {
        // The rate is that of two streams of tweets; here one log has both halves.
        let pacers = [1, 2].map { Pacer(profile: RateProfile(rate: rate, period: period, stream: $0)) }
        let bound = NIOLoopBoundBox((pacers: pacers, clock: FeedClock()), eventLoop: loop)
        loop.scheduleRepeatedTask(initialDelay: .zero, delay: Self.tick) { _ in
            let time = bound.value.clock.seconds(at: .now())
            var due = 0
            for place in bound.value.pacers.indices {
                bound.value.pacers[place].advance(to: time)
                let part = min(bound.value.pacers[place].due, count - server.count - due)
                bound.value.pacers[place].spend(part)
                due += part
            }
            if due > 0 { server.grow(by: due) }
        }
        loop.scheduleRepeatedTask(initialDelay: Self.heartbeat, delay: Self.heartbeat) { _ in server.beat() }
    }
}
