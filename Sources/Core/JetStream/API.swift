import FoundationEssentials

/// What JetStream answers when it cannot do what was asked.
struct APIAnswer: Decodable {
    struct Failure: Decodable {
        var code: Int?
        var err_code: Int?
        var description: String?
    }

    var error: Failure?

    /// Whether a node says that JetStream has no quorum (10008). It is asked of each answer: all but those of JetStream's API, and what
    /// is refused, begin otherwise.
    static func isUnavailable(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard bytes.count > 2, case let begin = bytes[bytes.startIndex + 2], begin == 0x74 || begin == 0x65 else {
            return false
        }
        return bytes.prefix(500).firstRange(of: "\"err_code\":10008".utf8) != nil
    }

    /// Throws what the answer says.
    static func check(_ bytes: some Collection<UInt8>) throws(NATSError) {
        let answer = try decode(APIAnswer.self, bytes)
        guard let failure = answer.error else { return }
        throw NATSError(code: failure.err_code ?? failure.code ?? 0, failure.description ?? "without a reason")
    }

    static func decode<Answer: Decodable>(
        _ type: Answer.Type, _ bytes: some Collection<UInt8>
    ) throws(NATSError) -> Answer {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw .garbled(String(decoding: bytes.prefix(200), as: UTF8.self))
        }
    }
}

extension NATSConnection {
    /// Asks JetStream something, with JSON, and throws what it refuses.
    func ask<Answer: Decodable>(
        _ subject: String, _ json: String = "", as type: Answer.Type, within limit: Duration
    ) async throws(NATSError) -> Answer {
        let bytes = try await request("$JS.API." + subject, .init(string: json), within: limit)
        try APIAnswer.check(bytes)
        return try APIAnswer.decode(type, bytes)
    }
}
