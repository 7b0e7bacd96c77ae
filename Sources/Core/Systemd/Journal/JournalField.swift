/// The name of a field of a journal entry: upper-case A–Z, 0–9 and `_`, at most 64 bytes, or journald ignores the field
/// (systemd.journal-fields(7), `journal_field_valid` in systemd).
public struct JournalField: Hashable, Sendable, CustomStringConvertible {
    /// The name.
    public let name: String

    private init(known name: String) { self.name = name }

    /// A field of ours: any text becomes a valid name with the prefix `PTRD_`.
    ///
    /// Lower case becomes upper case, every other byte `_`; what is too long is cut.
    public init(_ text: String) {
        let prefix = "PTRD_"
        let allowed = text.utf8.prefix(64 - prefix.utf8.count).map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): byte
            case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - 0x20
            default: UInt8(ascii: "_")
            }
        }
        name = prefix + String(decoding: allowed.isEmpty ? Array("UNNAMED".utf8) : allowed, as: UTF8.self)
    }

    /// The name.
    public var description: String { name }

    /// The text people read.
    public static let message = JournalField(known: "MESSAGE")
    /// The priority, 0 to 7.
    public static let priority = JournalField(known: "PRIORITY")
    /// The program's name before the text.
    public static let syslogIdentifier = JournalField(known: "SYSLOG_IDENTIFIER")
    /// The 128-bit identifier that finds the entry's explanation in the catalog.
    public static let messageID = JournalField(known: "MESSAGE_ID")
    /// The source file of a log line.
    public static let codeFile = JournalField(known: "CODE_FILE")
    /// The line in the source file.
    public static let codeLine = JournalField(known: "CODE_LINE")
    /// The function in the source file.
    public static let codeFunction = JournalField(known: "CODE_FUNC")
    /// The stream a message came from.
    public static let stream = JournalField(known: "PTRD_STREAM")
    /// The worker that handled it.
    public static let worker = JournalField(known: "PTRD_WORKER")
    /// Its sequence number.
    public static let sequence = JournalField(known: "PTRD_SEQUENCE")
    /// The id the server gave it.
    public static let eventID = JournalField(known: "PTRD_EVENT_ID")
    /// The name of the logger that wrote a log line.
    public static let logger = JournalField(known: "PTRD_LOGGER")
}
