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
