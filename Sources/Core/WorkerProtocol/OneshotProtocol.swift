import NIOCore
import Templates

/// What a program is told that is started for one message (`mode = "oneshot"`), and what its exit status means. The message's
/// data is its standard input.
public enum OneshotProtocol {
    /// The variables of its environment that say what is not data.
    ///
    /// A value that has more than 64 KiB, which no program could be started with, is left out. U+FFFD stands for what is not
    /// UTF-8, and for NUL.
    public static func environment(of message: FrameMessage) -> [String: String] {
        var variables: [String: String] = [
            "PTR_STREAM": message.stream,
            "PTR_SOURCE": "urn:ptr:stream:\(message.stream)",
            "PTR_TYPE": message.type.map { String(buffer: $0) } ?? "message",
            "PTR_SEQ": String(message.sequence),
            "PTR_ATTEMPT": String(message.attempt),
        ]
        var time: [UInt8] = []
        time.appendTimestamp(message.time)
        variables["PTR_TIME"] = String(decoding: time, as: UTF8.self)
        switch message.identity {
        case .text(let text): variables["PTR_ID"] = text
        case .hash(let high, let low):
            var digits = ByteBuffer()
            digits.write(atMost: 32) { output in
                output.putHexadecimal(high)
                output.putHexadecimal(low)
            }
            variables["PTR_ID"] = String(buffer: digits)
        }
        if message.eventID.readableBytes > 0 { variables["PTR_EVENTID"] = String(buffer: message.eventID) }
        if let key = message.key { variables["PTR_KEY"] = String(buffer: key) }
        return variables.compactMapValues { value in
            guard value.utf8.count <= mostValueBytes else { return nil }
            guard value.utf8.contains(0) else { return value }
            return String(String.UnicodeScalarView(value.unicodeScalars.map { $0 == "\0" ? "\u{FFFD}" : $0 }))
        }
    }

    private static let mostValueBytes = 64 << 10

    /// What an exit status means.
    public enum Ending: Sendable, Hashable {
        /// Status 0.
        case done
        /// Status 75, EX_TEMPFAIL of sysexits.h.
        case failed
        /// Status 65, EX_DATAERR.
        case rejected
        /// Status 69, EX_UNAVAILABLE.
        case unavailable
        /// Any other.
        case crashed

        /// What a status means.
        public init(status: Int32) {
            switch status {
            case 0: self = .done
            case 75: self = .failed
            case 65: self = .rejected
            case 69: self = .unavailable
            default: self = .crashed
            }
        }
    }
}
