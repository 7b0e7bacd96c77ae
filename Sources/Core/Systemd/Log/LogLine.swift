import Logging
import ProgramKit
import Writing

/// Makes what is written of log lines: text for stderr, entries for the journal.
enum LogLine {
    /// `2026-01-01T12:00:00.000Z info  ptrd: message key=value`
    static func readable(_ event: LogEvent, label: String, metadata: Logger.Metadata, time: UTCTime) -> String {
        let level = event.level.rawValue
        let padding = String(repeating: " ", count: max(0, 5 - level.utf8.count))
        return "\(time.textToMilliseconds) \(level)\(padding) \(body(event, label: label, metadata: metadata))"
    }

    /// `<6>ptrd: message key=value`
    static func prefixed(_ event: LogEvent, label: String, metadata: Logger.Metadata) -> String {
        JournalPriority(event.level).prefix + body(event, label: label, metadata: metadata)
    }

    /// One line whatever the message holds: text from outside must not be able to forge a second one.
    private static func body(_ event: LogEvent, label: String, metadata: Logger.Metadata) -> String {
        var line = "\(label): \(escaped(event.message.description, quotes: false))"
        // The name of a message identifier means nothing to a reader of lines.
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) where key != MessageID.metadataKey {
            line += " \(escaped(key, quotes: false))=\(quoted(value.description))"
        }
        if let error = event.error { line += " error=\(quoted(String(describing: error)))" }
        return line
    }

    private static func quoted(_ text: String) -> String {
        let needsQuotes =
            text.isEmpty
            || text.unicodeScalars.contains { scalar in
                scalar == " " || scalar == "\"" || scalar == "=" || scalar == "\\" || isControl(scalar)
            }
        return needsQuotes ? "\"\(escaped(text, quotes: true))\"" : text
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        guard text.unicodeScalars.contains(where: { isControl($0) || (quotes && ($0 == "\"" || $0 == "\\")) }) else {
            return text
        }
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\"" where quotes: result += "\\\""
            case "\\" where quotes: result += "\\\\"
            case _ where isControl(scalar): result += "\\u{\(String(scalar.value, radix: 16))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// C0, DEL and C1, the two separators that some terminals and pagers break lines at, and what turns the direction of the
    /// text around it.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case ..<0x20, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}

extension JournalRecord {
    /// The entry of a log line, with its metadata as fields.
    ///
    /// The keys `stream`, `worker`, `sequence` and `event_id` become `PTRD_STREAM` and so on, as does any other key;
    /// `message_id` becomes `MESSAGE_ID`, by which `journalctl -x` finds the catalog's explanation: its value is the name of a
    /// ``MessageID``, or an identifier itself.
    init(_ event: LogEvent, label: String, metadata: Logger.Metadata, identifier: String) {
        // What is quoted comes from outside: one control character, and journalctl shows a blob instead of the entry.
        func printable(_ text: String) -> [UInt8] {
            var bytes: [UInt8] = []
            bytes.appendPrintable(text.utf8, keepsLines: true)
            return bytes
        }
        self.init(
            message: printable(event.message.description), priority: JournalPriority(event.level),
            identifier: identifier)
        append(.logger, label)
        append(.codeFile, event.file)
        append(.codeLine, String(event.line))
        append(.codeFunction, event.function)
        for (key, value) in metadata {
            if key == MessageID.metadataKey {
                let name = value.description
                append(.messageID, MessageID(name: name)?.id ?? name)
            } else {
                append(JournalField(key), bytes: printable(value.description))
            }
        }
        if let error = event.error { append(JournalField("error"), bytes: printable(String(describing: error))) }
    }
}
