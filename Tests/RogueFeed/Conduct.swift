/// How a connection is taken, before anything was asked on it.
enum Wiring: Hashable, Sendable {
    case good
    /// Nothing that comes is looked at, nothing is answered.
    case deaf
    /// So many bytes of what comes are taken, the rest is not looked at: in the middle of a TLS hello, or after it.
    case deafAfter(Int)
    /// So many bytes of the answer go out, the rest never.
    case muteAfter(Int)
    case end(Ending)
}

/// How a connection is given up.
enum Ending: Hashable, Sendable {
    /// TCP's end, without a word of HTTP or TLS before it.
    case fin
    /// TCP's reset.
    case reset
    /// The connection stays, and nothing more comes on it.
    case silence
    /// The answer is complete; the connection waits for the next request.
    case next
}

/// A step of an answer.
enum Act: Sendable {
    /// Bytes as they are, in pieces of so many.
    case write([UInt8], pieces: Int = .max)
    case wait(Milliseconds)
    case events(EventsConduct)
    case end(Ending)
}

typealias Milliseconds = Int64

/// How the body of an event stream goes.
struct EventsConduct: Sendable {
    /// The first event that is sent.
    var from: Int
    /// After so many it ends; nil: it goes on with what happens.
    var count: Int?
    /// After so long it ends, wherever it is.
    var time: Milliseconds?
    var isChunked = true
    /// The first so many bytes are sent in pieces of so many, each on its own.
    var torn = (bytes: 0, pieces: 1)
    var ending = Ending.fin
    /// Whether the connection breaks off within an event, and within its chunk.
    var endsTorn = false
    /// What is sent between events, such as comments and `retry:`.
    var interjections: [String] = []
}

/// A request, as far as a feed looks at it.
struct FeedRequest: Sendable {
    let path: String
    let lastEventID: String
    /// The port that it came to.
    let port: Int
}

/// What a server does with a connection and with a request.
protocol Manners: Sendable {
    /// - Parameters:
    ///   - number: of the connection, from 0.
    ///   - isEncrypted: whether TLS is spoken on it.
    func wiring(of number: Int, isEncrypted: Bool) -> Wiring
    func answer(_ request: FeedRequest, of log: FeedLog, server: RogueServer) -> [Act]
}

/// As a feed should be: it goes on after the ID it is given, and never ends.
struct GoodManners: Manners {
    static let head = Array(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)

    func wiring(of number: Int, isEncrypted: Bool) -> Wiring { .good }

    func answer(_ request: FeedRequest, of log: FeedLog, server: RogueServer) -> [Act] {
        [.write(Self.head), .events(EventsConduct(from: log.start(after: request.lastEventID)))]
    }
}
