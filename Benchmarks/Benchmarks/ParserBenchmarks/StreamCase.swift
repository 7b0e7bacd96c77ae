/// A stream to parse, and the chunks that it is cut into.
struct StreamCase: Sendable {
    let name: String
    let chunkBytes: Int
    /// Whether each chunk is parsed by a call of its own. Otherwise those of 64 KiB are parsed by one, as a reader does who is
    /// handed all that has come.
    var isOneByOne = false
    /// The least share of memcpy's rate that we want to see; nil: none was set.
    var goal: Double?
    /// The most nanoseconds an event that we want to see; nil: no figure was set.
    var mostNanoseconds: Double?
    let bytes: @Sendable () -> [UInt8]

    /// The chunk of a read from a fast connection, and that of one TCP segment.
    static let read = 64 << 10
    private static let segment = 1460

    static let all = [
        StreamCase(name: "tweets 809 B, 64 KiB", chunkBytes: read, goal: 0.25) { Streams.tweets },
        StreamCase(name: "tweets 809 B, 1,460 B", chunkBytes: segment, goal: 0.4) { Streams.tweets },
        StreamCase(name: "tweets 1,460 B, singly", chunkBytes: segment, isOneByOne: true, goal: 0.15) {
            Streams.tweets
        },
        StreamCase(name: "course 2.2 kB, 64 KiB", chunkBytes: read) { Streams.course },
        StreamCase(name: "course 2.2 kB, 1,460 B", chunkBytes: segment) { Streams.course },
        StreamCase(name: "named with id, 64 KiB", chunkBytes: read) { Streams.named },
        StreamCase(name: "named with id, 1,460 B", chunkBytes: segment) { Streams.named },
        StreamCase(name: "tweets CR LF, 64 KiB", chunkBytes: read) { Streams.tweetsWithCarriageReturns },
        StreamCase(name: "tiny 9 B, 64 KiB", chunkBytes: read, mostNanoseconds: 45) { Streams.tiny },
        StreamCase(name: "20 data lines, 64 KiB", chunkBytes: read, goal: 0.25) { Streams.manyLines },
        StreamCase(name: "20 data lines, 1,460 B", chunkBytes: segment, goal: 0.25) { Streams.manyLines },
        StreamCase(name: "line of 50 MB, 1,460 B", chunkBytes: segment, goal: 0.1) { Streams.longLine },
    ]
}
