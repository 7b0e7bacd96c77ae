import NIOHTTP1

/// Wikimedia's EventStreams: changes of all wikis, for everybody who says who he is.
///
/// An id is a position in each of the topics behind a stream, as JSON. Canary events are made for monitoring, and are no
/// change of anything. Each connection ends after a quarter of an hour.
struct Wikimedia: FeedLikeness {
    let content: FeedContent

    let paths = ["/v2/stream/recentchange"]
    let demands = "a User-Agent with a way to reach you in it: an address of mail, or a URL"
    let heartbeat: String? = ":\n\n"
    let lifetime: Double? = 15 * 60

    private static let topic = "eqiad.mediawiki.recentchange"
    /// When event 0 was, in milliseconds since 1970.
    private static let epoch = 1_795_824_000_000
    private static let wikis = [
        ("enwiki", "en.wikipedia.org"), ("dewiki", "de.wikipedia.org"), ("svwiki", "sv.wikipedia.org"),
        ("commonswiki", "commons.wikimedia.org"), ("wikidatawiki", "www.wikidata.org"),
    ]

    func answer(_ request: FeedRequest, _ state: FeedState) -> FeedAnswer {
        let agent = request.headers.first(name: "user-agent") ?? ""
        guard agent.contains("@") || agent.contains("://") else {
            return .text(
                .forbidden,
                "Please set a User-Agent that says what you are and how to reach you, such as "
                    + "name/1.0 (https://example.org; ops@example.org).\n")
        }
        guard request.path == paths[0] else { return .notFound }
        guard request.method == "GET" else { return .onlyGET }
        // Without a position it begins with what happens now.
        guard let id = request.lastEventID else { return .events(from: state.count, opening: ":ok\n\n") }
        guard let number = number(of: id) else {
            return .json(.badRequest, #"{"error":"Last-Event-ID is no list of positions"}"#)
        }
        return .events(from: number + 1, opening: ":ok\n\n")
    }

    func event(_ number: Int, for request: FeedRequest) -> String? {
        let isCanary = number % 5 == 3
        let (wiki, domain) = content.pick(Self.wikis, number, 10)
        let title = content.title(number)
        let data =
            #"{"$schema":"/mediawiki/recentchange/1.0.0","meta":{"uri":"https://\#(domain)/wiki/\#(underscored(title))","#
            + #""id":"\#(content.uuid(number))","dt":"\#(FeedContent.time(number))","#
            + #""domain":"\#(isCanary ? "canary" : domain)","stream":"mediawiki.recentchange","topic":"\#(Self.topic)","#
            + #""partition":0,"offset":\#(5_000_000_000 + number)},"id":\#(1_900_000_000 + number),"type":"edit","#
            + #""namespace":0,"title":"\#(title)","comment":"\#(content.sentence(number, words: 5))","#
            + #""timestamp":\#(Self.epoch / 1000 + number),"user":"\#(content.person(number))","bot":false,"#
            + #""minor":\#(number % 2 == 0),"server_name":"\#(domain)","wiki":"\#(wiki)"}"#
        return "event: message\nid: \(id(number))\ndata: \(data)\n\n"
    }

    private func underscored(_ title: String) -> String {
        String(title.map { $0 == " " ? "_" : $0 })
    }

    private func id(_ number: Int) -> String {
        #"[{"topic":"codfw.mediawiki.recentchange","partition":0,"offset":-1},"#
            + #"{"topic":"\#(Self.topic)","partition":0,"timestamp":\#(Self.epoch + 1000 * number + 1)}]"#
    }

    /// The event of an id.
    private func number(of id: String) -> Int? {
        let mark = #""timestamp":"#
        guard let digits = id.split(separator: mark).last?.prefix(while: \.isNumber), let time = Int(digits),
            time >= Self.epoch, time < Self.epoch << 1
        else { return nil }
        let number = (time - Self.epoch) / 1000
        return self.id(number) == id ? number : nil
    }
}
