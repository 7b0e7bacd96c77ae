import NIOCore

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

    /// Appends `,"entities":{…}`.
    func writeEntities(to buffer: inout ByteBuffer, seed: UInt64) {
        buffer.writeStaticString(#","entities":{"hashtags":["#)
        for (index, hashtag) in hashtags.enumerated() {
            buffer.writeStaticString(index == 0 ? #"{"text":""# : #",{"text":""#)
            buffer.writeString(hashtag.text)
            buffer.writeStaticString(#"","indices":["#)
            write(hashtag, to: &buffer)
            buffer.writeStaticString("]}")
        }
        buffer.writeStaticString(#"],"urls":[],"user_mentions":["#)
        if let retweeted {
            let account = Account(seed: seed, number: retweeted.account)
            buffer.writeStaticString(#"{"screen_name":""#)
            buffer.writeString(account.screenName)
            buffer.writeStaticString(#"","name":""#)
            buffer.writeString(account.name)
            buffer.writeStaticString(#"","id":"#)
            buffer.writeDecimal(account.id)
            buffer.writeStaticString(#","id_str":""#)
            buffer.writeDecimal(account.id)
            buffer.writeStaticString(#"","indices":["#)
            write(retweeted.mention, to: &buffer)
            buffer.writeStaticString("]}")
        }
        buffer.writeStaticString(#"],"symbols":[]}"#)
    }

    private func write(_ span: Span, to buffer: inout ByteBuffer) {
        buffer.writeDecimal(span.start)
        buffer.writeStaticString(",")
        buffer.writeDecimal(span.end)
    }
}
