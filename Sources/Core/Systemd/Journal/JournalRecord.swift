import Glibc
public import Logging
public import Writing

/// One entry for the journal: fields whose values are any bytes.
///
/// The fields lie in one buffer as `NAME=value`, which is what `sd_journal_sendv` wants to be pointed at. It sends a
/// value with a line feed or a NUL by its length, so that text from outside cannot forge another field.
public struct JournalRecord: BoundedRecord, Equatable {
    /// journald refuses entries of more than 1024 fields; libsystemd needs several pieces per field and one call takes
    /// 1024.
    static let maximumFields = 128

    private var buffer: [UInt8] = []
    private var ends: [Int] = []

    /// Creates an entry.
    ///
    /// - Parameters:
    ///   - message: The bytes of `MESSAGE`.
    ///   - priority: `PRIORITY`.
    ///   - identifier: `SYSLOG_IDENTIFIER`; when `nil`, libsystemd puts the program's name.
    public init(message: some Sequence<UInt8>, priority: JournalPriority, identifier: String? = nil) {
        buffer.reserveCapacity(192 + message.underestimatedCount)
        ends.reserveCapacity(8)
        append(.message, bytes: message)
        append(.priority, bytes: CollectionOfOne(UInt8(ascii: "0") + priority.rawValue))
        if let identifier { append(.syslogIdentifier, identifier) }
    }

    /// Creates an entry with a text.
    public init(message: String, priority: JournalPriority, identifier: String? = nil) {
        self.init(message: message.utf8, priority: priority, identifier: identifier)
    }

    /// Appends a field of text.
    public mutating func append(_ field: JournalField, _ value: String) {
        append(field, bytes: value.utf8)
    }

    /// Appends a field of any bytes. Beyond 128 fields it is left out.
    public mutating func append(_ field: JournalField, bytes: some Sequence<UInt8>) {
        guard ends.count < Self.maximumFields else { return }
        buffer.append(contentsOf: field.name.utf8)
        buffer.append(UInt8(ascii: "="))
        buffer.append(contentsOf: bytes)
        ends.append(buffer.count)
    }

    /// The bytes of all fields, with their names.
    public var byteCount: Int { buffer.count }

    /// The fields as they will be sent, `NAME=value` each.
    public var fields: [ArraySlice<UInt8>] {
        var start = 0
        return ends.map { end in
            defer { start = end }
            return buffer[start..<end]
        }
    }

    /// Lends the fields as `sd_journal_sendv` takes them; the pointers are good within `body` only.
    func withVectors<Result>(_ body: (UnsafePointer<iovec>, Int32) -> Result) -> Result {
        buffer.withUnsafeBytes { bytes in
            withUnsafeTemporaryAllocation(of: iovec.self, capacity: ends.count) { vectors in
                var start = 0
                for (index, end) in ends.enumerated() {
                    // iovec has no const in C; sendmsg only reads.
                    let base = bytes.baseAddress.map { UnsafeMutableRawPointer(mutating: $0 + start) }
                    vectors.initializeElement(at: index, to: iovec(iov_base: base, iov_len: end - start))
                    start = end
                }
                // A record has a message and a priority at least, so the allocation has a base.
                return body(UnsafePointer(vectors.baseAddress!), Int32(ends.count))
            }
        }
    }
}

/// The priorities of syslog(3), which the journal and the `<N>` prefix of sd-daemon(3) share.
public enum JournalPriority: UInt8, Sendable, Comparable {
    case emergency = 0
    case alert, critical, error, warning, notice, info, debug

    /// The priority of a level of swift-log.
    public init(_ level: Logger.Level) {
        self =
            switch level {
            case .trace, .debug: .debug
            case .info: .info
            case .notice: .notice
            case .warning: .warning
            case .error: .error
            case .critical: .critical
            }
    }

    /// Urgent is less: 0 is an emergency.
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// The prefix that journald and the kernel take off a line and read as its priority.
    var prefix: String { "<\(rawValue)>" }
}
