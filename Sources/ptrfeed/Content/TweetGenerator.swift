import NIOCore

/// Makes the tweets of the feed: a pure function of seed, stream and position.
///
/// JSON is written straight into the buffer; all words come from ``Vocabulary``, which needs no escaping.
struct TweetGenerator: Sendable {
    let seed: UInt64

    /// Where the parts of a message lie that change when the same text is sent again, as distances from the message's
    /// first byte.
    struct Offsets: Equatable, Sendable {
        var id: Int
        var idString: Int
        var timestamp: Int
    }

    /// Appends the message of one position: `{"message": {"tweet": {…}, "unix_timestamp_100us": …}}`.
    ///
    /// - Parameter ticks: the time of sending, in ticks of 100 µs.
    @discardableResult
    func writeMessage(_ id: TweetID, ticks: UInt64, to buffer: inout ByteBuffer) -> Offsets {
        let start = buffer.writerIndex
        var random = SplitMix64(seed: seed, parts: UInt64(id.stream), UInt64(id.position))
        let isRetweet = random.below(5) == 0
        let seconds = Self.epoch + id.position % Self.span
        buffer.writeStaticString(#"{"message": {"tweet": "#)

        let original = Status(random: &random)
        var offsets: Offsets
        if isRetweet {
            let sharer = Account(seed: seed, number: random.below(Self.accounts))
            let author = Account(seed: seed, number: original.account)
            let status = Status(retweeting: original, by: author.screenName, account: sharer.number)
            let age = 60 + random.below(86_400)
            offsets = writeTweet(id.value, status, of: sharer, at: seconds, to: &buffer, random: &random)
            buffer.writeStaticString(#","retweeted_status":"#)
            writeTweet(
                Self.elsewhere + UInt64(random.below(1_000_000_000_000)), original, of: author, at: seconds - age,
                to: &buffer, random: &random)
            buffer.writeStaticString("}")
        } else {
            let author = Account(seed: seed, number: original.account)
            offsets = writeTweet(id.value, original, of: author, at: seconds, to: &buffer, random: &random)
        }

        buffer.writeStaticString(#", "unix_timestamp_100us": "#)
        offsets.timestamp = buffer.writerIndex
        buffer.writeDecimal(UnixTicks.bounded(ticks))
        buffer.writeStaticString("}}")
        return Offsets(
            id: offsets.id - start, idString: offsets.idString - start, timestamp: offsets.timestamp - start)
    }

    /// Writes a Twitter v1.1 status object up to, not including, its closing brace; a retweet goes on with its
    /// original.
    @discardableResult
    private func writeTweet(
        _ id: UInt64, _ status: Status, of account: Account, at seconds: Int, to buffer: inout ByteBuffer,
        random: inout SplitMix64
    ) -> Offsets {
        buffer.writeStaticString(#"{"created_at":""#)
        CalendarDate(unixSeconds: seconds).write(to: &buffer)
        buffer.writeStaticString(#"","id":"#)
        let idOffset = buffer.writerIndex
        buffer.writeDecimal(id)
        buffer.writeStaticString(#","id_str":""#)
        let idStringOffset = buffer.writerIndex
        buffer.writeDecimal(id)
        buffer.writeStaticString(#"","text":""#)
        buffer.writeString(status.text)
        buffer.writeStaticString(
            #"","source":"<a href=\"https://clients.example.com/\" rel=\"nofollow\">Pocket Client</a>","#
        )
        buffer.writeStaticString(
            #""truncated":false,"in_reply_to_status_id":null,"in_reply_to_status_id_str":null,"#)
        buffer.writeStaticString(
            #""in_reply_to_user_id":null,"in_reply_to_user_id_str":null,"in_reply_to_screen_name":null,"user":"#)
        account.write(to: &buffer)
        buffer.writeStaticString(
            #","geo":null,"coordinates":null,"place":null,"contributors":null,"is_quote_status":false,"retweet_count":"#
        )
        buffer.writeDecimal(random.below(2000))
        buffer.writeStaticString(#","favorite_count":"#)
        buffer.writeDecimal(random.below(5000))
        status.writeEntities(to: &buffer, seed: seed)
        buffer.writeStaticString(#","favorited":false,"retweeted":false,"filter_level":"low","lang":""#)
        buffer.writeString(status.language)
        buffer.writeStaticString(#"","timestamp_ms":""#)
        buffer.writeDecimal(seconds * 1000 + random.below(1000))
        buffer.writeStaticString(#"""#)
        if status.retweeted == nil { buffer.writeStaticString("}") }
        return Offsets(id: idOffset, idString: idStringOffset, timestamp: 0)
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
