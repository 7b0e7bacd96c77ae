import Glibc
import NIOCore
import Templates
import WorkerProtocol

/// What a worker is tried with.
enum SampleMessages {
    /// Three messages as the feeds have them: a tweet, a retweet of another one, and one with what scripts stumble over.
    static let own: [ByteBuffer] = [
        #"""
        {"message":{"tweet":{"id":1520137982000000001,"id_str":"1520137982000000001","text":"what a good day",\#
        "user":{"id":17,"screen_name":"ann","followers_count":250},"retweet_count":12,"favorite_count":30,\#
        "entities":{"hashtags":[]},"lang":"en"},"unix_timestamp_100us":16513632000000}}
        """#,
        #"""
        {"message":{"tweet":{"id":1520137982000000002,"id_str":"1520137982000000002","text":"RT @ann: what a good day",\#
        "user":{"id":18,"screen_name":"bob","followers_count":0},"retweet_count":12,"favorite_count":0,\#
        "entities":{"hashtags":[]},"lang":"en","retweeted_status":{"id":1520137982000000001,\#
        "id_str":"1520137982000000001","text":"what a good day",\#
        "user":{"id":17,"screen_name":"ann","followers_count":250},"retweet_count":12,"favorite_count":30,\#
        "entities":{"hashtags":[]},"lang":"en"}},"unix_timestamp_100us":16513632010000}}
        """#,
        #"""
        {"message":{"tweet":{"id":1520137982000000003,"id_str":"1520137982000000003",\#
        "text":"gr\u00fc\u00dfe \ud83d\ude00, \"quoted\"\nand broken #caf\u00e9",\#
        "user":{"id":19,"screen_name":"cem","followers_count":3},"retweet_count":0,"favorite_count":1,\#
        "entities":{"hashtags":[{"text":"caf\u00e9","indices":[30,35]}]},"lang":"de"},\#
        "unix_timestamp_100us":16513632020000}}
        """#,
    ].map { ByteBuffer(string: $0) }

    /// Why there are none.
    enum Failure: Error, Equatable {
        case open(CInt)
        case read(CInt)
        case tooLarge
        case empty
    }

    private static let mostBytes = 64 << 20

    /// The messages of a file: one in a line, or one in all if that is JSON.
    ///
    /// - Parameter input: what `-` stands for.
    static func read(path: String, input: CInt) throws(Failure) -> [ByteBuffer] {
        let descriptor = path == "-" ? input : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .open(errno) }
        defer { if path != "-" { close(descriptor) } }
        var bytes = ByteBuffer()
        while true {
            var error: CInt = 0
            let count = bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: 1 << 16) { space in
                let count = Glibc.read(descriptor, space.baseAddress, space.count)
                if count < 0 { error = errno }
                return max(count, 0)
            }
            if error == EINTR { continue }
            guard error == 0 else { throw .read(error) }
            guard bytes.readableBytes <= mostBytes else { throw .tooLarge }
            if count == 0 { break }
        }
        let messages = messages(in: bytes)
        guard !messages.isEmpty else { throw .empty }
        return messages
    }

    private static func messages(in bytes: ByteBuffer) -> [ByteBuffer] {
        if bytes.readableBytesUInt8Span.isJSON { return [bytes] }
        return bytes.readableBytesView.split(separator: UInt8(ascii: "\n")).map { ByteBuffer($0) }
    }

    /// As it is handed to a worker.
    ///
    /// - Parameter time: microseconds since 1970.
    static func message(_ number: Int, _ data: ByteBuffer, time: Int64) -> FrameMessage {
        FrameMessage(
            identity: .text("exec-check/\(number)"), stream: "exec-check", data: data, time: time,
            sequence: UInt64(number), eventID: ByteBuffer(string: "\(number)"))
    }
}
