import Locking
import TestKit

/// All that servers were seen to do to their clients, at random.
final class RogueManners: Manners {
    private let seed: UInt64
    private let state: Locked<State>

    private struct State {
        var random: SeededGenerator
        var isCalm = false
        var done: [String: Int] = [:]
    }

    init(seed: UInt64) {
        self.seed = seed
        state = Locked(State(random: SeededGenerator(seed: seed)))
    }

    /// From now on it behaves.
    func calm() { state.withLock { $0.isCalm = true } }

    /// How often each thing was done.
    var done: [String: Int] { state.withLock(\.done) }

    private func note(_ what: String) { state.withLock { $0.done[what, default: 0] += 1 } }

    /// A generator of its own for each question, so that what one connection does costs the others no draws.
    private func draw() -> SeededGenerator? {
        state.withLock { $0.isCalm ? nil : SeededGenerator(seed: $0.random.next()) }
    }

    func wiring(of number: Int, isEncrypted: Bool) -> Wiring {
        guard var random = draw() else { return .good }
        let wiring: Wiring
        switch random.below(100) {
        case 0...2: wiring = .deaf
        case 3...4: wiring = .end(.fin)
        case 5...6: wiring = .end(.reset)
        case 7...9: wiring = .deafAfter(random.within(1...600))
        case 10...11: wiring = .muteAfter(random.within(1...(isEncrypted ? 1500 : 200)))
        default: return .good
        }
        note(isEncrypted ? "broken TLS set-ups" : "broken set-ups")
        return wiring
    }

    func answer(_ request: FeedRequest, of log: FeedLog, server: RogueServer) -> [Act] {
        guard var random = draw() else {
            log.remember()
            log.endOutage()
            return GoodManners().answer(request, of: log, server: server)
        }
        if let answer = log.outage() {
            log.noteRefusal(of: request.lastEventID)
            note("answers of an outage")
            return refusal(Self.refusals[answer], &random)
        }
        if request.lastEventID.isEmpty {
            if random.chance(50) { log.remember() }
        } else {
            if random.chance(3) { log.forget(Self.idRefusals[random.below(Self.idRefusals.count)]) }
            if let status = log.refusal(of: request.lastEventID) {
                note("refused IDs")
                return [
                    .write(bytes("HTTP/1.1 \(status) No\r\nContent-Length: 7\r\n\r\nno such")), .end(.next),
                ]
            }
        }
        let what = random.below(100)
        switch what {
        case 0...9:
            // All of them in the same way for a while, as during a deployment.
            let answer = random.below(Self.refusals.count)
            let times = random.within(0...3)
            if times > 0 { log.beginOutage(answer, times: times) }
            log.noteRefusal(of: request.lastEventID)
            note("refusals")
            return refusal(Self.refusals[answer], &random)
        case 10...12:
            note("silences before the head")
            return [.end(.silence)]
        case 13...17:
            note("torn heads")
            let head = Array(GoodManners.head.prefix(random.within(1...GoodManners.head.count - 1)))
            return [.write(head, pieces: random.within(1...40)), .end([.silence, .fin, .reset][random.below(3)])]
        case 18...20:
            note("heads that make no sense")
            return [.write(bytes(Self.nonsense[random.below(Self.nonsense.count)])), .end(.fin)]
        case 21...25:
            note("redirects")
            let port = server.otherPorts(of: request.port)[random.below(2)]
            let location = random.chance(30) ? request.path : server.url(request.path, port: port)
            let status = [301, 302, 303, 307, 308][random.below(5)]
            return [
                .write(bytes("HTTP/1.1 \(status) Elsewhere\r\nLocation: \(location)\r\nContent-Length: 0\r\n\r\n")),
                .end(.next),
            ]
        default: return stream(request, log, &random)
        }
    }

    private func refusal(_ text: String, _ random: inout SeededGenerator) -> [Act] {
        [.write(bytes(text), pieces: random.chance(20) ? random.within(1...30) : .max)]
            + [.end(text.contains("Content-Length") ? .next : .fin)]
    }

    private func stream(_ request: FeedRequest, _ log: FeedLog, _ random: inout SeededGenerator) -> [Act] {
        let isChunked = random.chance(70)
        var conduct = EventsConduct(from: log.start(after: request.lastEventID), isChunked: isChunked)
        switch random.below(10) {
        case 0: conduct.count = 0
        case 1...2: conduct.count = random.within(1...20)
        case 3...4: conduct.count = random.within(20...2000)
        default: conduct.time = Milliseconds(random.within(20...2500))
        }
        if random.chance(40) { conduct.torn = (random.within(20...600), random.within(1...9)) }
        conduct.ending =
            switch random.below(10) {
            case 0...1: .silence
            case 2...4: .reset
            case 5...6: isChunked ? .next : .fin
            default: .fin
            }
        conduct.endsTorn = conduct.ending != .next && random.chance(40)
        let said = [
            ": keep-alive\n", ":\r\n", "retry: 0\n", "retry: 20\r\n", "retry: 99999999999999999999999\n", "retry: -1\n",
            "retry: soon\n", "\n\n", "nonsense: true\r\n\r\n", "event: ping\n\n",
        ]
        conduct.interjections = (0..<random.below(4)).map { _ in said[random.below(said.count)] }
        // A byte order mark stands at the beginning or is none.
        if random.chance(15) { conduct.interjections.insert("\u{FEFF}", at: 0) }
        var acts: [Act] = [
            .write(bytes(head(isChunked: isChunked, &random)), pieces: random.chance(20) ? random.within(1...50) : .max)
        ]
        if random.chance(15) { acts.append(.wait(Milliseconds(random.within(1...200)))) }
        acts.append(.events(conduct))
        note("streams")
        note("streams that end by \(conduct.ending)\(conduct.endsTorn ? ", torn" : "")")
        return acts
    }

    /// A head with an event stream behind it, in the ways that browsers read.
    private func head(isChunked: Bool, _ random: inout SeededGenerator) -> String {
        let end = random.chance(15) ? "\n" : "\r\n"
        var lines = ["HTTP/1.1 200 \(["OK", "", "All is well, really"][random.below(3)])"]
        lines.append(
            "Content-Type: "
                + ["text/event-stream", "text/event-stream;charset=utf-8", "Text/Event-Stream ; charset=\"UTF-8\""][
                    random.below(3)])
        if isChunked { lines.append("Transfer-Encoding: chunked") }
        if random.chance(20) {
            lines.append("Content-Encoding:" + [" none", " identity", " utf-8", ""][random.below(4)])
        }
        if random.chance(15) { lines.append("X-Folded: one,\(end)\ttwo") }
        if random.chance(10) { lines.append("X-Long: " + String(repeating: "h", count: random.within(1...7000))) }
        if random.chance(10) { lines.append("Retry-After: 5") }
        return lines.joined(separator: end) + end + end
    }

    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
}
