import Foundation

/// A tweet as the feed sends it, with the fields that the examples look at.
final class FeedTweet: Decodable, Sendable {
    struct User: Decodable {
        let screenName: String
        let followersCount: Int
    }
    struct Entities: Decodable {
        struct Hashtag: Decodable { let text: String }
        let hashtags: [Hashtag]
    }

    let idStr: String
    let text: String
    let lang: String
    let favoriteCount: Int
    let retweetCount: Int
    let user: User
    let entities: Entities
    let retweetedStatus: FeedTweet?

    /// All that a feed sends on both streams, but for the kill messages.
    ///
    /// - Parameter options: those of the feed, which ends after a count.
    static func all(of options: [String], in scene: Scene) async throws -> [FeedTweet] {
        struct Envelope: Decodable {
            struct Message: Decodable { let tweet: FeedTweet }
            let message: Message
        }
        let feed = try await scene.feed(options + ["--end", "--rate", "20000"])
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        var tweets: [FeedTweet] = []
        for stream in 1...2 {
            let curl = try Program(
                executable: URL(filePath: "/usr/bin/curl"), ["-sN", "http://127.0.0.1:\(feed.port)/tweets/\(stream)"])
            for line in await curl.output.toTheEnd where line.hasPrefix("data: {\"message\": {") {
                tweets.append(try decoder.decode(Envelope.self, from: Data(line.utf8.dropFirst(6))).message.tweet)
            }
        }
        await feed.program.end()
        return tweets
    }
}
