import NIOHTTP1

/// Firebase's Realtime Database over REST: a tree of JSON, whole with the first `put`, then each change by its path.
///
/// The address of a database only names the host that has it, with 307. The token is a parameter of the query. There are no
/// ids; each connection begins with how things stand.
struct Firebase: FeedLikeness {
    let content: FeedContent

    let paths = ["/orders.json?auth=demo"]
    let demands = "`auth=demo` in the query, `Accept: text/event-stream`, and a client that follows 307"
    let heartbeat: String? = "event: keep-alive\ndata: null\n\n"
    let hasOtherHost = true

    /// What comes over the connection when the token is not valid any more.
    static let revoked = "event: auth_revoked\ndata: \"credential is no longer valid\"\n\n"
    /// What comes when the rules do not allow it any more to read there.
    static let cancelled = "event: cancel\ndata: null\n\n"

    func answer(_ request: FeedRequest, _ state: FeedState) -> FeedAnswer {
        if let port = request.otherPort {
            let host = (request.headers.first(name: "host") ?? "127.0.0.1").prefix { $0 != ":" }
            let other = host == "127.0.0.1" ? "localhost" : host
            return .text(.temporaryRedirect, "", ["location": "http://\(other):\(port)\(request.target)"])
        }
        guard request.path == "/orders.json" else { return .json(.ok, "null") }
        guard request.method == "GET" else { return .onlyGET }
        guard request.values(of: "auth").first == state.secret else {
            return .json(.unauthorized, #"{"error":"Permission denied"}"#)
        }
        guard request.headers.first(name: "accept") == "text/event-stream" else {
            return .json(.ok, tree(state.count))
        }
        return .events(from: state.count, opening: "event: put\ndata: \(standing(state.count))\n\n")
    }

    /// The data of the first event after so many others.
    func standing(_ count: Int) -> String { "{\"path\":\"/\",\"data\":\(tree(count))}" }

    /// Each order is put, then packed, then sent.
    func event(_ number: Int, for request: FeedRequest) -> String? {
        let order = number / 3
        switch number % 3 {
        case 0: return "event: put\ndata: {\"path\":\"/o\(order)\",\"data\":\(self.order(order, "new"))}\n\n"
        case 1: return "event: patch\ndata: {\"path\":\"/o\(order)\",\"data\":{\"status\":\"packed\"}}\n\n"
        default: return "event: patch\ndata: {\"path\":\"/o\(order)\",\"data\":{\"status\":\"sent\"}}\n\n"
        }
    }

    private func order(_ order: Int, _ status: String) -> String {
        #"{"item":"\#(content.title(order))","quantity":\#(1 + content.below(9, order, 40)),"status":"\#(status)"}"#
    }

    /// The orders, of which the last hundred are kept.
    private func tree(_ count: Int) -> String {
        let orders = (count + 2) / 3
        guard orders > 0 else { return "null" }
        let entries = (max(0, orders - 100)..<orders).map { order in
            let changes = min(3, count - 3 * order)
            return "\"o\(order)\":\(self.order(order, ["new", "packed", "sent"][changes - 1]))"
        }
        return "{\(entries.joined(separator: ","))}"
    }
}
