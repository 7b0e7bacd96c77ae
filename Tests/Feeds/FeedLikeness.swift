import NIOHTTP1

/// How a public feed behaves: what it asks of a request, what its events look like, and where it goes on for who comes back.
///
/// Written from the public descriptions of the feeds. All names and texts are made up, and event `n` is a function of the
/// seed and `n`: whoever knows the seed knows each byte.
package protocol FeedLikeness: Sendable {
    /// Where its streams are, from the root of the server; the first is an example that is whole.
    var paths: [String] { get }
    /// What it asks of who reads it, in words, for who starts it.
    var demands: String { get }
    /// What it says when there is nothing to say, to keep the connection open; nil: nothing.
    var heartbeat: String? { get }
    /// After how many seconds it ends each connection; nil: never.
    var lifetime: Double? { get }
    /// Whether its address only names another host, which has the streams.
    var hasOtherHost: Bool { get }

    /// How a request is answered.
    func answer(_ request: FeedRequest, _ state: FeedState) -> FeedAnswer

    /// Event `number`, from 0, with the blank line that ends it; nil: it is not for who asked so.
    func event(_ number: Int, for request: FeedRequest) -> String?
}

extension FeedLikeness {
    package var heartbeat: String? { nil }
    package var lifetime: Double? { nil }
    package var hasOtherHost: Bool { false }

    /// The events of a range that are for who asked so, as they are on the wire.
    package func events(_ numbers: Range<Int>, for request: FeedRequest) -> String {
        numbers.compactMap { event($0, for: request) }.joined()
    }
}

/// What an answer depends on, beside the request.
package struct FeedState: Sendable {
    /// How many events there have been.
    package let count: Int
    /// What the server accepts as its key, token or password.
    package let secret: String

    package init(count: Int, secret: String) {
        self.count = count
        self.secret = secret
    }
}

package enum FeedAnswer: Sendable {
    /// Something that is no event stream.
    case text(HTTPResponseStatus, String, HTTPHeaders = [:])
    /// What comes, from an event on; before it, at once, an opening.
    case events(from: Int, opening: String = "", HTTPHeaders = [:])
    /// A stream made for this request alone, which ends.
    case script([String])

    /// An answer in JSON, as most feeds refuse.
    static func json(_ status: HTTPResponseStatus, _ text: String, _ headers: HTTPHeaders = [:]) -> FeedAnswer {
        var headers = headers
        headers.add(name: "content-type", value: "application/json")
        return .text(status, text + "\n", headers)
    }

    static let notFound = FeedAnswer.text(.notFound, "There is nothing here.\n")
    static let onlyGET = FeedAnswer.text(.methodNotAllowed, "A stream is read with GET.\n", ["allow": "GET"])
}
