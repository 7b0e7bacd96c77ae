import NIOHTTP1

/// A Mercure hub: updates of things that have addresses, by topic.
///
/// Who goes on after an id that the hub does not know is told by the header of the answer that it begins with the oldest.
struct Mercure: FeedLikeness {
    let content: FeedContent

    let paths = [
        "/.well-known/mercure?topic=https%3A%2F%2Fexample.com%2Fbooks%2F1&topic=https%3A%2F%2Fexample.com%2Fbooks%2F2"
    ]
    let demands = "`Authorization: Bearer demo`, or a cookie `mercureAuthorization=demo`, and a `topic` or several"
    let heartbeat: String? = ":\n"

    func answer(_ request: FeedRequest, _ state: FeedState) -> FeedAnswer {
        guard request.path == "/.well-known/mercure" else { return .notFound }
        guard request.method == "GET" else { return .onlyGET }
        let isKnown =
            request.headers.first(name: "authorization").map { $0 == "Bearer \(state.secret)" }
            ?? (request.cookie("mercureAuthorization") == state.secret)
        guard isKnown else { return .text(.unauthorized, "Unauthorized\n") }
        guard !request.values(of: "topic").isEmpty else {
            return .text(.badRequest, #"Missing "topic" parameter."# + "\n")
        }
        guard let id = request.lastEventID ?? request.values(of: "lastEventID").first else {
            return .events(from: state.count, opening: ":\n")
        }
        let number = id.hasPrefix("urn:uuid:") ? content.number(ofUUID: id.dropFirst(9)) : nil
        guard let number, number < state.count else {
            return .events(from: 0, opening: ":\n", ["last-event-id": "earliest"])
        }
        return .events(from: number + 1, opening: ":\n", ["last-event-id": id])
    }

    func event(_ number: Int, for request: FeedRequest) -> String? {
        let topic = "https://example.com/books/\(number % 3 + 1)"
        let topics = request.values(of: "topic")
        guard topics.contains(topic) || topics.contains("*") else { return nil }
        let data =
            #"{"@id":"\#(topic)","@type":"Book","name":"\#(content.title(number % 3))","#
            + #""availability":"\#(content.pick(["InStock", "OutOfStock", "PreOrder"], number, 30))","#
            + #""offers/price":\#(5 + content.below(40, number, 31)).50}"#
        return "id: urn:uuid:\(content.uuid(number))\ndata: \(data)\n\n"
    }
}
