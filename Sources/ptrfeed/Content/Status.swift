/// The text of a tweet and what it mentions.
struct Status: Sendable {
    /// Something in the text with its place, counted in Unicode scalars as Twitter does.
    struct Span: Sendable {
        let text: String
        let start: Int
        let end: Int
    }

    private(set) var text: String
    private(set) var hashtags: [Span] = []
    let language: String
    /// The number of the account that wrote it.
    let account: Int
    /// The account whose tweet this shares, and its mention in the text; nil when the tweet is original.
    private(set) var retweeted: (account: Int, mention: Span)?

    /// Draws an original tweet: a few clauses, each with a feeling, then perhaps hashtags and a picture.
    init(random: inout SplitMix64) {
        account = random.below(TweetGenerator.accounts)
        language = random.pick(Vocabulary.languages)
        text = random.pick(Vocabulary.openings)
        for _ in 0..<(2 + random.below(4)) {
            text += " "
            text += random.pick(Vocabulary.fillers)
            text += " "
            text += random.pick(Vocabulary.feelings)
        }
        for _ in 0..<random.below(3) {
            let tag = random.pick(Vocabulary.hashtags)
            // All is ASCII up to here, so bytes count scalars.
            let start = text.utf8.count + 1
            text += " #" + tag
            hashtags.append(Span(text: tag, start: start, end: start + 1 + tag.utf8.count))
        }
        if random.below(3) == 0 { text += " " + random.pick(Vocabulary.marks) }
    }

    /// A retweet: the original's text behind `RT @name: `.
    init(retweeting original: Status, by screenName: String, account: Int) {
        let prefix = "RT @" + screenName + ": "
        let shift = prefix.utf8.count
        text = prefix + original.text
        hashtags = original.hashtags.map { Span(text: $0.text, start: $0.start + shift, end: $0.end + shift) }
        language = original.language
        self.account = account
        retweeted = (original.account, Span(text: screenName, start: 3, end: 4 + screenName.utf8.count))
    }

    /// The value of `entities`.
    func entities(seed: UInt64) -> FeedText {
        var tags: FeedText = ""
        for hashtag in hashtags {
            let comma = tags.bytes.readableBytes > 0 ? "," : ""
            tags = #"\#(tags)\#(comma){"text":"\#(hashtag.text)","indices":[\#(hashtag.start),\#(hashtag.end)]}"#
        }
        var mentions: FeedText = ""
        if let (number, mention) = retweeted {
            let account = Account(seed: seed, number: number)
            mentions = #"""
                {"screen_name":"\#(account.screenName)","name":"\#(account.name)","id":\#(account.id),\#
                "id_str":"\#(account.id)","indices":[\#(mention.start),\#(mention.end)]}
                """#
        }
        return #"{"hashtags":[\#(tags)],"urls":[],"user_mentions":[\#(mentions)],"symbols":[]}"#
    }
}
