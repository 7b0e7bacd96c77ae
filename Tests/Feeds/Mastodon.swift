import NIOHTTP1

/// Mastodon's streaming API: what a server's people write, change and delete, told apart by the events' names.
///
/// There are no ids: what happens while nobody is connected has been missed. The data of `delete` is a bare number.
struct Mastodon: FeedLikeness {
    let content: FeedContent

    let paths = ["/api/v1/streaming/user", "/api/v1/streaming/public"]
    let demands = "`Authorization: Bearer demo`"
    let heartbeat: String? = ":thump\n"

    func answer(_ request: FeedRequest, _ state: FeedState) -> FeedAnswer {
        guard paths.contains(request.path) else { return .json(.notFound, #"{"error":"Not found"}"#) }
        guard request.method == "GET" else { return .onlyGET }
        guard let authorization = request.headers.first(name: "authorization") else {
            return .json(.unauthorized, #"{"error":"Missing access token"}"#)
        }
        guard authorization == "Bearer \(state.secret)" else {
            return .json(.unauthorized, #"{"error":"Invalid access token"}"#)
        }
        return .events(from: state.count, opening: ":)\n")
    }

    func event(_ number: Int, for request: FeedRequest) -> String? {
        switch number % 5 {
        case 2: return "event: delete\ndata: \(id(number - 2))\n\n"
        case 3: return "event: status.update\ndata: \(status(number - 2, isEdited: true))\n\n"
        case 4:
            // Nobody is told in public of what only one is told.
            guard request.path != "/api/v1/streaming/public" else { return nil }
            let data =
                #"{"id":"\#(7000 + number)","type":"favourite","created_at":"\#(FeedContent.time(number))","#
                + #""account":\#(account(number)),"status":\#(status(number - 3, isEdited: false))}"#
            return "event: notification\ndata: \(data)\n\n"
        default: return "event: update\ndata: \(status(number, isEdited: false))\n\n"
        }
    }

    /// Larger than what a double holds exactly.
    private func id(_ number: Int) -> Int { 113_555_000_000_000_001 + number * 2 }

    private func account(_ number: Int) -> String {
        #"{"id":"\#(content.below(9000, number, 20) + 1000)","acct":"\#(content.person(number))@toot.example","bot":false}"#
    }

    private func status(_ number: Int, isEdited: Bool) -> String {
        let edited = isEdited ? #""\#(FeedContent.time(number + 2))""# : "null"
        return #"{"id":"\#(id(number))","created_at":"\#(FeedContent.time(number))","edited_at":\#(edited),"#
            + #""language":"en","visibility":"public","content":"<p>\#(content.sentence(number, words: 8))</p>","#
            + #""url":"https://toot.example/@\#(content.person(number))/\#(id(number))","account":\#(account(number))}"#
    }
}
