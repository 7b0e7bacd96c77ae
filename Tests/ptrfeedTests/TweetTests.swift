import Foundation
import NIOCore
import Testing

@testable import ptrfeed

@Suite("Generated tweets")
struct TweetTests {
    private func content(
        stream: Int = 1, seed: UInt64 = 1, framing: StreamContent.Framing = .course, killEvery: Int = 0
    ) -> StreamContent {
        StreamContent(
            stream: stream, source: .tweets(TweetGenerator(seed: seed)), framing: framing,
            kills: KillSchedule(every: killEvery, total: nil))
    }

    private func bytes(
        _ content: StreamContent, _ positions: Range<Int>, ticks: UInt64 = 16_523_062_290_197
    )
        -> ByteBuffer
    {
        var buffer = ByteBuffer()
        for position in positions { content.writeEvent(position: position, ticks: ticks, to: &buffer) }
        return buffer
    }

    @Test("each is valid JSON with the fields of a v1.1 tweet")
    func json() throws {
        for event in ReceivedEvent.all(in: bytes(content(stream: 2), 1..<301)) {
            let message = try event.message()
            #expect(message["unix_timestamp_100us"] as? Int == 16_523_062_290_197)
            let tweet = try #require(message["tweet"] as? [String: Any])
            let id = try #require(tweet["id"] as? Int)
            #expect(tweet["id_str"] as? String == String(id))
            #expect(TweetID(UInt64(id))?.stream == 2)
            #expect((tweet["text"] as? String)?.isEmpty == false)
            #expect(tweet["lang"] is String)
            #expect((tweet["created_at"] as? String)?.utf8.count == 30)
            let user = try #require(tweet["user"] as? [String: Any])
            #expect(user["screen_name"] is String)
            #expect(user["followers_count"] is Int)
        }
    }

    @Test("an event is 2.0 to 2.4 kB on average")
    func size() {
        let average = bytes(content(), 1..<1001).readableBytes / 1000
        #expect((2000...2400).contains(average), "\(average)")
    }

    @Test("about one in five is a retweet, with the original and a mention of its author")
    func retweets() throws {
        let tweets = try ReceivedEvent.all(in: bytes(content(), 1..<1001)).map {
            try #require(try $0.message()["tweet"] as? [String: Any])
        }
        let retweets = tweets.filter { $0["retweeted_status"] != nil }
        #expect((150...250).contains(retweets.count))
        for tweet in retweets {
            let original = try #require(tweet["retweeted_status"] as? [String: Any])
            let author = try #require((original["user"] as? [String: Any])?["screen_name"] as? String)
            let text = try #require(original["text"] as? String)
            #expect(tweet["text"] as? String == "RT @\(author): \(text)")
            #expect(TweetID(UInt64(try #require(original["id"] as? Int))) == nil)
        }
    }

    @Test("hashtags and mentions lie where their indices say")
    func entities() throws {
        for event in ReceivedEvent.all(in: bytes(content(), 1..<201)) {
            let tweet = try #require(try event.message()["tweet"] as? [String: Any])
            let scalars = Array(try #require(tweet["text"] as? String).unicodeScalars)
            let entities = try #require(tweet["entities"] as? [String: [[String: Any]]])
            func check(_ kind: String, _ key: String, _ mark: String) throws {
                for entity in entities[kind] ?? [] {
                    let indices = try #require(entity["indices"] as? [Int])
                    let text = try #require(entity[key] as? String)
                    let found = scalars[indices[0]..<indices[1]].map(String.init).joined()
                    #expect(found == mark + text)
                }
            }
            try check("hashtags", "text", "#")
            try check("user_mentions", "screen_name", "@")
        }
    }

    @Test("its feelings are listed among the emotion values")
    func feelings() throws {
        let words = Set(Vocabulary.emotions.map(\.word))
        // Whoever counts kill messages by looking for this word shall find no other.
        #expect(!words.contains { $0.contains("panic") })
        #expect(words.count == Vocabulary.emotions.count)
        for event in ReceivedEvent.all(in: bytes(content(), 1..<101)) {
            let tweet = try #require(try event.message()["tweet"] as? [String: Any])
            let text = try #require(tweet["text"] as? String)
            #expect(text.split(separator: " ").contains { words.contains(String($0)) })
        }
    }

    @Test("the vocabulary needs no escaping in JSON, and its tags are ASCII")
    func vocabulary() {
        let words =
            Vocabulary.feelings + Vocabulary.openings + Vocabulary.fillers + Vocabulary.hashtags + Vocabulary.givenNames
            + Vocabulary.familyNames + Vocabulary.places + Vocabulary.biographies
        for word in words {
            #expect(
                word.utf8.allSatisfy {
                    (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
                })
        }
    }

    @Test("the same seed gives the same bytes, another seed others")
    func determinism() {
        #expect(bytes(content(seed: 7), 1..<50) == bytes(content(seed: 7), 1..<50))
        #expect(bytes(content(seed: 7), 1..<50) != bytes(content(seed: 8), 1..<50))
        // Any position can be had without those before it.
        #expect(
            ReceivedEvent.all(in: bytes(content(), 1..<41))[39].raw
                == ReceivedEvent.all(in: bytes(content(), 40..<41))[0].raw)
    }

    @Test("an id tells stream and position, and no two are alike")
    func ids() {
        #expect(TweetID(stream: 2, position: 42).value == 1_500_200_000_000_000_042)
        #expect(TweetID(1_500_200_000_000_000_042) == TweetID(stream: 2, position: 42))
        #expect(TweetID(1_500_300_000_000_000_042) == nil)
        #expect(TweetID(1_500_100_000_000_000_000) == nil)
        #expect(TweetID(12) == nil)
        let ids = [1, 2].flatMap { stream in
            ReceivedEvent.all(in: bytes(content(stream: stream), 1..<201)).compactMap(\.tweetID)
        }
        #expect(ids == [1, 2].flatMap { stream in (1...200).map { TweetID(stream: stream, position: $0) } })
    }

    @Test("a timestamp has fourteen digits however wrong the clock")
    func timestamps() {
        #expect(String(UnixTicks.now()).count == UnixTicks.digits)
        #expect(String(UnixTicks.bounded(0)).count == UnixTicks.digits)
        #expect(String(UnixTicks.bounded(.max)).count == UnixTicks.digits)
    }

    @Test(
        "created_at is a date of the calendar",
        arguments: [
            (0, "Thu Jan 01 00:00:00 +0000 1970"), (1_651_363_200, "Sun May 01 00:00:00 +0000 2022"),
            (1_709_164_799, "Wed Feb 28 23:59:59 +0000 2024"), (1_709_164_800, "Thu Feb 29 00:00:00 +0000 2024"),
            (951_868_800, "Wed Mar 01 00:00:00 +0000 2000"), (1_672_531_199, "Sat Dec 31 23:59:59 +0000 2022"),
        ])
    func dates(seconds: Int, text: String) {
        #expect(String(buffer: CalendarDate(unixSeconds: seconds).text.bytes) == text)
        #expect(text.utf8.count == CalendarDate.length)
    }

    @Test("the course framing quotes the name and has a blank line before the data")
    func courseFraming() {
        let event = ReceivedEvent.all(in: bytes(content(), 1..<2))[0]
        #expect(event.raw == "event: \"message\"\n\ndata: \(event.data)\n\n")
        #expect(event.data.hasPrefix(#"{"message": {"tweet": {"#))
        #expect(event.data.hasSuffix(#"}, "unix_timestamp_100us": 16523062290197}}"#))
    }

    @Test("a kill message has the same framing, with ids or without")
    func killFraming() {
        let course = bytes(content(killEvery: 1), 3..<4)
        #expect(String(buffer: course) == "event: \"message\"\n\ndata: {\"message\": panic}\n\n")
        let ids = bytes(content(framing: .ids, killEvery: 1), 3..<4)
        #expect(String(buffer: ids) == "id: 3\ndata: {\"message\": panic}\n\n")
    }

    @Test("a block of the flood says what the generator says, at the same position")
    func block() {
        let generator = TweetGenerator(seed: 5)
        let block = TweetBlock(stream: 2, generator: generator)
        for position in [1, 2, 77, TweetBlock.capacity] {
            var fromBlock = ByteBuffer()
            var fresh = ByteBuffer()
            block.writeMessage(position: position, ticks: 17_000_000_000_001, to: &fromBlock)
            generator.writeMessage(TweetID(stream: 2, position: position), ticks: 17_000_000_000_001, to: &fresh)
            #expect(fromBlock == fresh)
        }
    }

    @Test("behind its end a block repeats texts under new ids")
    func blockRepeats() throws {
        let content = StreamContent(
            stream: 1, source: .block(TweetBlock(stream: 1, generator: TweetGenerator(seed: 1))), framing: .course,
            kills: KillSchedule(every: 0, total: nil))
        let far = 3 * TweetBlock.capacity + 9
        let first = try #require(ReceivedEvent.all(in: bytes(content, 9..<10)).first)
        let again = try #require(ReceivedEvent.all(in: bytes(content, far..<far + 1)).first)
        #expect(again.tweetID == TweetID(stream: 1, position: far))
        let tweets = try [first, again].map { try #require(try $0.message()["tweet"] as? [String: Any]) }
        #expect(tweets[0]["text"] as? String == tweets[1]["text"] as? String)
        #expect(tweets[1]["id"] as? Int == Int(TweetID(stream: 1, position: far).value))
    }
}
