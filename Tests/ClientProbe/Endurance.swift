import AsyncHTTPClient
import EventSource
import NIOCore

/// One trial against a hostile server.
struct Endurance {
    private enum Content {
        /// A line that does not end until the server has sent all it wanted.
        case line
        /// An event of small lines.
        case event
        case gzipBomb
        case resets
    }

    private let name: String
    private let content: Content
    private let policy: EventStreamLimits.Policy

    init?(name: String) {
        let policies: [String: EventStreamLimits.Policy] = ["fail": .fail, "skip": .skip, "truncate": .truncate]
        let words = name.split(separator: "-").map(String.init)
        switch (words.first, words.last.flatMap { policies[$0] }) {
        case ("line", let policy?): (content, self.policy) = (.line, policy)
        case ("event", let policy?): (content, self.policy) = (.event, policy)
        case _ where name == "gzip-bomb": (content, policy) = (.gzipBomb, .skip)
        case _ where name == "resets": (content, policy) = (.resets, .skip)
        default: return nil
        }
        self.name = name
    }

    /// Runs until the stream is over for good, or would connect again (for the resets: would do so once too often).
    ///
    /// - Returns: `KEY=VALUE` pairs.
    func run(size: Int) async throws -> String {
        let server = try await HostileServer(behaviour(size: size))
        let client = HTTPClient(configuration: .eventStreams)
        var configuration = EventSourceConfiguration(url: server.url)
        configuration.limits = EventStreamLimits(policy: policy)
        if content == .resets {
            configuration.idleTimeout = .seconds(LeapingClock.horizon)
            configuration.connectTimeout = .seconds(LeapingClock.horizon)
        }
        let clock: any Clock<Duration> = content == .resets ? LeapingClock() : ContinuousClock()
        let source = EventSource(configuration, client: client, clock: clock)

        var memory = try ResidentMemory()
        var (bytes, events, skipped, truncated, waits) = (0, 0, 0, 0, 0)
        var last = ""
        var outcome = "cancelled"
        updates: for await update in source {
            switch update {
            case .connecting, .open: break
            case .batch(let batch):
                bytes += batch.bytes
                events += batch.events.count
                skipped += batch.skippedEvents
                truncated += batch.truncatedEvents
                if let event = batch.events.last, event.data.readableBytes < 100 { last = event.dataString }
            case .waiting(_, let error):
                outcome = error.code.description
                waits += 1
                if content != .resets || waits == size { break updates }
            case .failed(let error):
                outcome = error.code.description
                break updates
            }
            try memory.sample()
        }
        try memory.sample()
        try await client.shutdown()
        try await server.stop()
        return "case=\(name) outcome=\(outcome) read=\(bytes) sent=\(server.sent.bytes) events=\(events) "
            + "skipped=\(skipped) truncated=\(truncated) last=\(last) waits=\(waits) growth=\(memory.growth)"
    }

    private func behaviour(size: Int) -> HostileServer.Behaviour {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n"
        let mebibyte = 1 << 20
        switch content {
        case .line:
            return .flood(
                head: head + "\r\nid: 1\ndata: ", piece: ByteBuffer(repeating: UInt8(ascii: "x"), count: mebibyte),
                count: size, tail: "\n\ndata: after\n\n")
        case .event:
            let line = "data: " + String(repeating: "x", count: 57) + "\n"
            let lines = String(repeating: line, count: mebibyte / line.utf8.count)
            return .flood(
                head: head + "\r\nid: 1\n", piece: ByteBuffer(string: lines), count: size,
                tail: "\ndata: after\n\n")
        case .gzipBomb:
            // The magic number, and what would become a thousand times as much.
            var piece = ByteBuffer(bytes: [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3])
            piece.writeRepeatingByte(0, count: mebibyte)
            return .flood(head: head + "Content-Encoding: gzip\r\n\r\n", piece: piece, count: size, tail: "")
        case .resets:
            return .reset
        }
    }
}
