import Glibc
import Logging

/// Makes the text of log lines.
enum LogLine {
    /// A moment of the wall clock.
    struct Time {
        let seconds: Int
        let milliseconds: Int

        static func now() -> Time {
            var now = timespec()
            clock_gettime(CLOCK_REALTIME, &now)
            return Time(seconds: now.tv_sec, milliseconds: now.tv_nsec / 1_000_000)
        }

        /// `2026-01-01T12:00:00.000Z`
        var description: String {
            var seconds = time_t(seconds)
            var fields = tm()
            gmtime_r(&seconds, &fields)
            func padded(_ number: Int, _ width: Int) -> String {
                let digits = String(number)
                return String(repeating: "0", count: max(0, width - digits.count)) + digits
            }
            let date = [(Int(fields.tm_year) + 1900, 4), (Int(fields.tm_mon) + 1, 2), (Int(fields.tm_mday), 2)]
            let time = [(Int(fields.tm_hour), 2), (Int(fields.tm_min), 2), (Int(fields.tm_sec), 2)]
            return date.map(padded).joined(separator: "-") + "T" + time.map(padded).joined(separator: ":") + "."
                + padded(milliseconds, 3) + "Z"
        }
    }

    /// `2026-01-01T12:00:00.000Z info  ptrd: message key=value`
    static func readable(_ event: LogEvent, label: String, metadata: Logger.Metadata, time: Time) -> String {
        let level = event.level.rawValue
        let padding = String(repeating: " ", count: max(0, 5 - level.utf8.count))
        return "\(time.description) \(level)\(padding) \(body(event, label: label, metadata: metadata))"
    }

    /// `<6>ptrd: message key=value`
    static func prefixed(_ event: LogEvent, label: String, metadata: Logger.Metadata) -> String {
        JournalPriority(event.level).prefix + body(event, label: label, metadata: metadata)
    }

    /// One line whatever the message holds: text from outside must not be able to forge a second one.
    private static func body(_ event: LogEvent, label: String, metadata: Logger.Metadata) -> String {
        var line = "\(label): \(escaped(event.message.description, quotes: false))"
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
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
