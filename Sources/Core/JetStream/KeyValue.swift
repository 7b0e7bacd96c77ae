import FoundationEssentials
import NIOCore

/// A bucket of values by keys, each with the number of its last change: what compare-and-set needs.
public struct KeyValueBucket: Sendable {
    /// A value, as it was read.
    public struct Entry: Sendable, Hashable {
        /// The value; nil: the key was deleted.
        public var value: [UInt8]?
        /// The number of its last change.
        public var revision: UInt64
    }

    /// How a write ended.
    public enum Written: Sendable, Hashable {
        /// It is stored, under this number.
        case stored(revision: UInt64)
        /// Somebody else has changed the value meanwhile.
        case conflict
    }

    private let connection: NATSConnection
    private let name: String

    /// A bucket of that name, which need not be there yet. Letters, digits, `_` and `-`.
    public init(_ name: String, over connection: NATSConnection) throws(NATSError) {
        guard Self.isName(name) else {
            throw .invalid("\"\(name.prefix(100))\" is no name of a bucket: write letters, digits, _ and -")
        }
        self.connection = connection
        self.name = name
    }

    /// Makes the bucket, if it is not there.
    ///
    /// - Parameter replicas: on how many nodes it is kept.
    public func make(replicas: Int, within limit: Duration = .seconds(5)) async throws(NATSError) {
        let configuration = """
            {"name":"KV_\(name)","subjects":["$KV.\(name).>"],"retention":"limits","storage":"file","discard":"new",\
            "max_msgs_per_subject":1,"max_msgs":-1,"max_bytes":-1,"max_age":0,"num_replicas":\(replicas),\
            "allow_rollup_hdrs":true,"deny_delete":true,"allow_direct":true}
            """
        do {
            _ = try await connection.ask("STREAM.CREATE.KV_\(name)", configuration, as: APIAnswer.self, within: limit)
        } catch {
            // 10058: it is there, with other settings.
            if case .refused(code: 10058, _) = error { return }
            throw error
        }
    }

    /// Reads a key from the bucket's leader, so that nothing older is read than what was written; nil: it was never set.
    public func get(_ key: String, within limit: Duration = .seconds(5)) async throws(NATSError) -> Entry? {
        struct Answer: Decodable {
            struct Message: Decodable {
                var seq: UInt64
                var data: String?
                var hdrs: String?
            }
            var message: Message
        }
        let subject = try subject(of: key)
        let answer: Answer
        do {
            answer = try await connection.ask(
                "STREAM.MSG.GET.KV_\(name)", "{\"last_by_subj\":\"\(subject)\"}", as: Answer.self, within: limit)
        } catch {
            // 10037: there is no message of that subject.
            if case .refused(code: 10037, _) = error { return nil }
            throw error
        }
        let headers = answer.message.hdrs.flatMap { Data(base64Encoded: $0) } ?? Data()
        let isDeleted = String(decoding: headers, as: UTF8.self).contains("KV-Operation:")
        guard let value = answer.message.data.map({ Data(base64Encoded: $0) }) ?? Data() else {
            throw .garbled("the value of \(key) is no base64")
        }
        return Entry(value: isDeleted ? nil : Array(value), revision: answer.message.seq)
    }

    /// Sets a key if nobody has changed it since.
    ///
    /// One try: after a timeout or a lost connection nobody knows whether it was stored; reading tells.
    ///
    /// - Parameter revision: the number of its last change that is known; 0: it was never set.
    public func set(
        _ key: String, to value: [UInt8], ifRevision revision: UInt64, within limit: Duration = .seconds(5)
    ) async throws(NATSError) -> Written {
        try await write(key, value, [NATSHeader("Nats-Expected-Last-Subject-Sequence", String(revision))], limit)
    }

    /// Deletes a key if nobody has changed it since; its number is counted on.
    public func remove(
        _ key: String, ifRevision revision: UInt64, within limit: Duration = .seconds(5)
    ) async throws(NATSError) -> Written {
        let headers = [
            NATSHeader("KV-Operation", "DEL"), NATSHeader("Nats-Expected-Last-Subject-Sequence", String(revision)),
        ]
        return try await write(key, [], headers, limit)
    }

    private func write(
        _ key: String, _ value: [UInt8], _ headers: [NATSHeader], _ limit: Duration
    ) async throws(NATSError) -> Written {
        let answer = try await connection.request(
            try subject(of: key), ByteBuffer(bytes: value), headers: headers, within: limit)
        switch PublishAck.read(answer[...]) {
        case .success(let ack): return .stored(revision: ack.sequence)
        case .failure(.refused(code: 10071, _)), .failure(.refused(code: 10164, _)): return .conflict
        case .failure(let error): throw error
        }
    }

    private func subject(of key: String) throws(NATSError) -> String {
        let subject = "$KV.\(name).\(key)"
        guard NATSSubject.isValid(subject), key.utf8.allSatisfy(Self.isKeyByte) else {
            throw .invalid("\"\(key.prefix(100))\" is no key: write letters, digits, _, -, /, = and single dots")
        }
        return subject
    }

    static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 100
            && name.utf8.allSatisfy { isKeyByte($0) && ![0x2E, 0x2F, 0x3D].contains($0) }
    }

    private static func isKeyByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2D, 0x2E, 0x2F, 0x3D: true
        default: false
        }
    }
}
