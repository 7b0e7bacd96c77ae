import Locking
import NIOCore
import Pipeline
import TestKit

@testable import JetStream
@testable import NATSSource

/// A broker as a value, for as many machines as there are.
final class ModelServer: Sendable {
    enum Stage: Equatable {
        case waiting
        case delivered(until: ContinuousClock.Instant)
        case done
        case terminated
    }

    struct State {
        var stages: [Stage]
        var counts: [Int]
        var isDown = false
        /// So many of a hundred acknowledgements are lost.
        var loss = 0
        var random: SeededGenerator
    }

    let ackWait: Duration
    let state: Locked<State>

    init(_ count: Int, ackWait: Duration, seed: UInt64) {
        self.ackWait = ackWait
        state = Locked(
            State(
                stages: Array(repeating: .waiting, count: count), counts: Array(repeating: 0, count: count),
                random: SeededGenerator(seed: seed)))
    }

    var isEmpty: Bool { state.withLock { $0.stages.allSatisfy { $0 == .done || $0 == .terminated } } }

    /// The message that is delivered next, number by number.
    func deliver(at now: ContinuousClock.Instant) -> PulledMessage? {
        state.withLock { state in
            let place = state.stages.firstIndex { stage in
                if case .delivered(let until) = stage { until <= now } else { stage == .waiting }
            }
            guard let place else { return nil }
            state.counts[place] += 1
            state.stages[place] = .delivered(until: now + ackWait)
            return AckSubject("$JS.ACK.S.c.\(state.counts[place]).\(place + 1).1.7.0").map {
                PulledMessage(reply: $0, replyBytes: 7, bytes: ByteBuffer(string: "\(place)"))
            }
        }
    }

    /// Another node leads. Of what was delivered last it may know nothing: that comes again, and counts as the first time did.
    func elect() {
        state.withLock { state in
            for place in state.stages.indices {
                guard case .delivered = state.stages[place] else { continue }
                state.stages[place] = .waiting
                if Bool.random(using: &state.random) { state.counts[place] -= 1 }
            }
        }
    }

    func acknowledge(_ reply: AckSubject, _ how: Acknowledgement, at now: ContinuousClock.Instant) {
        state.withLock { state in
            guard !state.isDown, Int.random(in: 0..<100, using: &state.random) >= state.loss else { return }
            let place = Int(reply.delivery.sequence) - 1
            guard case .delivered = state.stages[place] else { return }
            switch how {
            case .done: state.stages[place] = .done
            case .terminated: state.stages[place] = .terminated
            case .again: state.stages[place] = .waiting
            case .inProgress: state.stages[place] = .delivered(until: now + ackWait)
            }
        }
    }
}

/// The connection of one machine to the model.
final class ModelLink: BrokerLink {
    final class Asker: Puller {
        struct State {
            var isAsking = false
            var granted = 0
        }

        let state = Locked(State())
        let deliver: @Sendable ([PulledMessage]) -> Void

        init(_ deliver: @escaping @Sendable ([PulledMessage]) -> Void) { self.deliver = deliver }

        func start() { state.withLock { $0.isAsking = true } }
        func stop() { drain() }
        func drain() { state.withLock { $0 = State() } }
        func grant(_ messages: Int, bytes: Int) { state.withLock { $0.granted += messages } }
    }

    struct State {
        var askers: [Asker] = []
        var isStarted = false
        var isCut = false
        var whyDown: String?
    }

    let server: ModelServer
    let clock: ManualClock
    let state = Locked(State())
    private let onEvent: @Sendable (NATSEvent) -> Void

    init(_ server: ModelServer, _ clock: ManualClock, onEvent: @escaping @Sendable (NATSEvent) -> Void) {
        self.server = server
        self.clock = clock
        self.onEvent = onEvent
    }

    var whyDown: String? { state.withLock(\.whyDown) }
    var maxPayload: Int { 1 << 20 }
    var patience: Duration { .seconds(3) }
    var now: ContinuousClock.Instant { Self.base + clock.now.offset }
    private static let base = ContinuousClock.now

    func start() { state.withLock { $0.isStarted = true } }
    func close() async { cut() }
    func cut() {
        state.withLock { state in
            state.isCut = true
            state.askers = []
        }
    }

    func sleep(for time: Duration) async throws { try await clock.sleep(for: time) }

    func acknowledge(_ replies: [AckSubject], _ how: Acknowledgement) {
        guard state.withLock({ !$0.isCut && $0.whyDown == nil }) else { return }
        for reply in replies { server.acknowledge(reply, how, at: now) }
    }

    /// The way to the broker and back.
    private func pass() async throws(NATSError) {
        try? await clock.sleep(for: .milliseconds(5))
        if let why = whyDown { throw .disconnected(why) }
        if server.state.withLock(\.isDown) { throw .timeout }
    }

    func stream(_ name: String) async throws(NATSError) -> StreamInfo? {
        try await pass()
        let configuration = StreamRequirements(name: name, duplicateWindow: .zero).configuration
            .setting(["metadata": .object(["_nats.ver": .string("2.15.1")])])
        return StreamInfo(config: configuration, state: .object([:]), cluster: nil, created: "once")
    }

    func consumer(_ name: String, of stream: String) async throws(NATSError) -> ConsumerInfo? {
        try await pass()
        let configuration = ConsumerRequirements(
            name: name, stream: stream, ackWait: server.ackWait, ackPending: 1000
        ).configuration
        return ConsumerInfo(config: configuration)
    }

    func make(_ stream: StreamRequirements) async throws(NATSError) {}
    func make(_ consumer: ConsumerRequirements) async throws(NATSError) {}

    func puller(
        stream: String, consumer: String, least: Int, deliver: @escaping @Sendable ([PulledMessage]) -> Void,
        onEvent: @escaping @Sendable (PullEvent) -> Void
    ) -> any Puller {
        let asker = Asker(deliver)
        state.withLock { if !$0.isCut { $0.askers.append(asker) } }
        return asker
    }

    // MARK: What happens to it

    func lose() {
        let isNews = state.withLock { state in
            guard !state.isCut, state.whyDown == nil else { return false }
            state.whyDown = "it went away"
            return true
        }
        if isNews { onEvent(.disconnected("it went away")) }
    }

    func comeBack() {
        let isNews = state.withLock { state in
            guard !state.isCut else { return false }
            return state.whyDown.take() != nil
        }
        if isNews { onEvent(.connected("model")) }
    }

    /// Delivers a message to whoever has asked for one.
    ///
    /// - Parameter isLost: it goes on its way and does not come.
    func deliver(isLost: Bool) {
        guard whyDown == nil, !server.state.withLock(\.isDown) else { return }
        let asker = state.withLock { $0.askers.last { $0.state.withLock { $0.isAsking && $0.granted > 0 } } }
        guard let asker, let message = server.deliver(at: now), !isLost else { return }
        asker.state.withLock { $0.granted -= 1 }
        asker.deliver([message])
    }
}
