import NIOCore

/// Makes the tweets of the feed: a pure function of seed, stream and position.
///
/// All words come from ``Vocabulary``, which needs no escaping.
struct TweetGenerator: Sendable {
    let seed: UInt64

    /// Appends the message of one position: `{"message": {"tweet": {…}, "unix_timestamp_100us": …}}`.
    ///
    /// - Parameter ticks: the time of sending, in ticks of 100 µs.
    func writeMessage(_ id: TweetID, ticks: UInt64, to buffer: inout ByteBuffer) {
        var random = SplitMix64(seed: seed, parts: UInt64(id.stream), UInt64(id.position))
        let isRetweet = random.below(5) == 0
        let seconds = Self.epoch + id.position % Self.span
        let original = Status(random: &random)
        let author = Account(seed: seed, number: original.account)
        var tweet: FeedText
        if isRetweet {
            let sharer = Account(seed: seed, number: random.below(Self.accounts))
            let status = Status(retweeting: original, by: author.screenName, account: sharer.number)
            let age = 60 + random.below(86_400)
            tweet = fields(id.value, status, of: sharer, at: seconds, random: &random)
            let elsewhere = Self.elsewhere + UInt64(random.below(1_000_000_000_000))
            let shared = fields(elsewhere, original, of: author, at: seconds - age, random: &random)
            tweet = #"\#(tweet),"retweeted_status":{\#(shared)}"#
        } else {
            tweet = fields(id.value, original, of: author, at: seconds, random: &random)
        }
        buffer.write(#"{"message": {"tweet": {\#(tweet)}, "unix_timestamp_100us": \#(UnixTicks.bounded(ticks))}}"#)
    }

    /// Where in a message those of its parts lie that change when the same text is sent again, in bytes from its start; the
    /// time, in bytes from its end.
    static let idOffset = #"{"message": {"tweet": {"created_at":"","id":"#.utf8.count + CalendarDate.length
    static let idStringOffset = idOffset + TweetID.digits + #","id_str":""#.utf8.count
    static let ticksFromEnd = UnixTicks.digits + "}}".utf8.count

    /// The fields of a Twitter v1.1 status object.
    private func fields(
        _ id: UInt64, _ status: Status, of account: Account, at seconds: Int, random: inout SplitMix64
    ) -> FeedText {
        #"""
        "created_at":"\#(CalendarDate(unixSeconds: seconds).text)","id":\#(id),"id_str":"\#(id)","text":"\#(status.text)",\#
        "source":"<a href=\"https://clients.example.com/\" rel=\"nofollow\">Pocket Client</a>",\#
        "truncated":false,"in_reply_to_status_id":null,"in_reply_to_status_id_str":null,\#
        "in_reply_to_user_id":null,"in_reply_to_user_id_str":null,"in_reply_to_screen_name":null,"user":\#(account.json),\#
        "geo":null,"coordinates":null,"place":null,"contributors":null,"is_quote_status":false,\#
        "retweet_count":\#(random.below(2000)),"favorite_count":\#(random.below(5000)),\#
        "entities":\#(status.entities(seed: seed)),"favorited":false,"retweeted":false,"filter_level":"low",\#
        "lang":"\#(status.language)","timestamp_ms":"\#(seconds * 1000 + random.below(1000))"
        """#
    }

    /// How many accounts the made-up population has.
    static let accounts = 5000
    /// The first tweet's `created_at`, 1 May 2022; a tweet's age comes from its position, so that a seed fixes every
    /// byte of it.
    private static let epoch = 1_651_363_200
    private static let span = 30 * 86_400
    /// The ids of retweeted originals begin here, below every id of a stream.
    private static let elsewhere: UInt64 = 1_400_000_000_000_000_000
}

/// The identity of a generated tweet, derived from its place in the feed.
///
/// `1500 S PPPPPPPPPPPPPP`: the stream's number, then the position (from 1) in fourteen digits, so stream 2's 42nd
/// event is 1500200000000000042. All nineteen digits are always there: a pre-rendered tweet is given a new identity in
/// place.
struct TweetID: Hashable, Sendable {
    static let digits = 19
    /// The last position an id can express: at a million events a second, three years' worth.
    static let lastPosition = 99_999_999_999_999

    /// 1 or 2.
    let stream: Int
    /// The position in the stream, from 1.
    let position: Int

    var value: UInt64 {
        Self.base + UInt64(stream) * Self.streamStep + UInt64(position)
    }

    private static let base: UInt64 = 1_500_000_000_000_000_000
    private static let streamStep: UInt64 = 100_000_000_000_000
}
