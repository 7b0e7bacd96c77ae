import NIOHTTP1

/// The flags of a LaunchDarkly environment, for a server's SDK: all of them with `put` at each connection, then each that
/// changes.
///
/// There are no ids; none is needed, since each connection begins with how things stand.
struct LaunchDarkly: FeedLikeness {
    let content: FeedContent
    /// How many flags there are; they are some kilobytes each.
    var flags = 400

    let paths = ["/all"]
    let demands = "`Authorization: demo`, without a scheme"
    let heartbeat: String? = ":\n"

    func answer(_ request: FeedRequest, _ state: FeedState) -> FeedAnswer {
        guard request.path == paths[0] else { return .notFound }
        guard request.method == "GET" else { return .onlyGET }
        guard request.headers.first(name: "authorization") == state.secret else {
            return .json(.unauthorized, #"{"message":"invalid SDK key"}"#)
        }
        return .events(from: state.count, opening: put(state.count))
    }

    func event(_ number: Int, for request: FeedRequest) -> String? {
        let (flag, version) = (number % flags, number / flags + 2)
        guard !isDeletion(number) else {
            return "event: delete\ndata: {\"path\":\"/flags/\(key(flag))\",\"version\":\(version)}\n\n"
        }
        return
            "event: patch\ndata: {\"path\":\"/flags/\(key(flag))\",\"data\":\(self.flag(flag, version: version))}\n\n"
    }

    private func isDeletion(_ number: Int) -> Bool { number % 7 == 6 }

    private func key(_ flag: Int) -> String { "flag-\(content.word(flag))-\(flag)" }

    private func flag(_ flag: Int, version: Int) -> String {
        let rules = (0..<12).map { rule in
            let values = (0..<12).map { #""\#(content.person(flag &* 1009 &+ rule &* 13 &+ $0))@customers.example""# }
            return
                #"{"variation":\#(rule % 2),"id":"\#(content.uuid(flag * 12 + rule))","clauses":[{"attribute":"email","#
                + #""op":"in","values":[\#(values.joined(separator: ","))]}]}"#
        }
        return #"{"key":"\#(key(flag))","version":\#(version),"on":\#((flag + version) % 2 == 0),"#
            + #""variations":[true,false],"fallthrough":{"variation":0},"rules":[\#(rules.joined(separator: ","))]}"#
    }

    /// How things stand after so many events.
    private func put(_ count: Int) -> String {
        let standing = (0..<flags).compactMap { flag -> String? in
            let changes = (count - flag + flags - 1) / flags
            guard count > flag, changes > 0 else { return "\"\(key(flag))\":\(self.flag(flag, version: 1))" }
            let last = flag + (changes - 1) * flags
            guard !isDeletion(last) else { return nil }
            return "\"\(key(flag))\":\(self.flag(flag, version: last / flags + 2))"
        }
        return "event: put\ndata: {\"path\":\"/\",\"data\":{\"flags\":{\(standing.joined(separator: ","))},"
            + "\"segments\":{}}}\n\n"
    }
}
