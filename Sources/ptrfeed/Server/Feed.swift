import Glibc
import NIOCore

/// What all connections of a server share. Lives on its event loop.
final class Feed {
    /// `/tweets/1` and `/tweets/2`.
    let streams: [FeedStream]
    let log: FeedLog
    let isFlood: Bool
    /// The JSON that `GET /` answers with.
    let help: String
    private var connections = 0

    init(configuration: FeedConfiguration, eventLoop: any EventLoop, log: FeedLog) {
        let clock = FeedClock()
        streams = [1, 2].map {
            FeedStream(number: $0, configuration: configuration, clock: clock, eventLoop: eventLoop)
        }
        self.log = log
        isFlood = configuration.rate == nil
        help = Self.help(configuration)
    }

    func nextConnectionNumber() -> Int {
        connections += 1
        return connections
    }

    private static func help(_ configuration: FeedConfiguration) -> String {
        let sharing =
            configuration.hasIDs
            ? "Each connection has a cursor of its own; Last-Event-ID: N resumes after event N."
            : "Connections to one stream share it: each event goes to one of them."
        return """
            {
              "server": "ptrfeed",
              "serves": "\(configuration.summary)",
              "paths": {
                "/tweets/1": "the first stream of tweets (text/event-stream)",
                "/tweets/2": "the second stream of tweets (text/event-stream)",
                "/emotion_values": "words and the strength of their feeling, -5 to 5 (text/plain, word, tab, integer)",
                "/": "this help"
              },
              "sharing": "\(sharing)"
            }

            """
    }
}

/// Where the server's lines for people go.
struct FeedLog: Sendable {
    private let writeLine: @Sendable (String) -> Void

    init(_ writeLine: @escaping @Sendable (String) -> Void) {
        self.writeLine = writeLine
    }

    func callAsFunction(_ line: String) {
        writeLine(line)
    }

    /// Standard error. Each line is one write, so that it is not mixed up with another program's on the same terminal;
    /// an error that is closed or full is no reason to stop serving.
    static let standardError = FeedLog { line in
        let bytes = Array("ptrfeed: \(line)\n".utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }
}
