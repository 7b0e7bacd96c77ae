import NIOCore

/// What a feed server serves, checked and complete.
struct FeedConfiguration: Sendable {
    var host = "127.0.0.1"
    /// 0 lets the system pick one.
    var port = 4000
    /// The rate over both streams; nil is the flood, as fast as the sockets take it.
    var rate: RateRange? = RateRange(minimum: 100, maximum: 1000)
    /// Seconds from one minimum of the rate to the next.
    var period = 30.0
    /// Every how many messages one is a kill message; 0 for none.
    var killEvery = 50
    /// How many events both streams send in total; nil when there is no end (or, with a capture, when it goes through
    /// once).
    var count: Int?
    var seed: UInt64 = 1
    /// Standard framing with ids, and a cursor for each connection.
    var hasIDs = false
    /// What to send in place of tweets.
    var capture: Capture?
    /// Close a connection after the last event in place of holding it open.
    var closesAtEnd = false

    /// The last position of a stream (1 or 2).
    func limit(ofStream stream: Int) -> Int {
        if let count { return stream == 1 ? (count + 1) / 2 : count / 2 }
        return capture?.count ?? TweetID.lastPosition
    }

    func content(ofStream stream: Int) -> StreamContent {
        let generator = TweetGenerator(seed: seed)
        let source: StreamContent.Source =
            if let capture {
                .capture(capture)
            } else if rate == nil {
                .block(TweetBlock(stream: stream, generator: generator))
            } else {
                .tweets(generator)
            }
        return StreamContent(
            stream: stream, source: source, framing: hasIDs ? .ids : .course,
            kills: KillSchedule(every: killEvery, total: count))
    }

    func pacer(ofStream stream: Int) -> Pacer? {
        rate.map { Pacer(profile: RateProfile(rate: $0, period: period, stream: stream)) }
    }

    /// One line for people: what is served and how.
    var summary: String {
        var parts: [String] = []
        if let capture {
            parts.append("a capture of \(capture.count) events on each stream")
        } else {
            parts.append(hasIDs ? "generated tweets with ids" : "generated tweets, framed as on the course feed")
        }
        if let rate {
            let swing = rate.minimum == rate.maximum ? "" : " over a period of \(DurationOption.format(period))"
            parts.append("\(rate) events/s over both streams\(swing)")
        } else {
            parts.append("as fast as the sockets take them")
        }
        if capture == nil {
            parts.append(killEvery == 0 ? "no kill messages" : "a kill message every \(killEvery)")
        }
        switch (count, capture) {
        case (let count?, _): parts.append("\(count) events in total")
        case (nil, _?): parts.append("once through")
        case (nil, nil): parts.append("without end")
        }
        if capture == nil { parts.append("seed \(seed)") }
        return parts.joined(separator: ", ")
    }
}
