import Templates

/// What stands before a colon in an answer.
enum AnswerKey: UInt8, Sendable {
    case seq, frame, status, reason, retryAfter, failed, rejected, unavailable
    case ready, prefetch, heartbeat, progress
    case log, level, message

    var name: StaticString {
        switch self {
        case .seq: "seq"
        case .frame: "frame"
        case .status: "status"
        case .reason: "reason"
        case .retryAfter: "retry_after"
        case .failed: "failed"
        case .rejected: "rejected"
        case .unavailable: "unavailable"
        case .ready: "ready"
        case .prefetch: "prefetch"
        case .heartbeat: "heartbeat"
        case .progress: "progress"
        case .log: "log"
        case .level: "level"
        case .message: "message"
        }
    }

    /// Reads one from a string without its quotes; nil: there is no such key.
    init?(_ name: Span<UInt8>) {
        let (first, second): (Self, Self)
        switch name.count {
        case 3: (first, second) = (.seq, .log)
        case 5 where name[0] == UInt8(ascii: "l"): (first, second) = (.level, .level)
        case 5: (first, second) = (.ready, .frame)
        case 6 where name[0] == UInt8(ascii: "f"): (first, second) = (.failed, .failed)
        case 6: (first, second) = (.status, .reason)
        case 7: (first, second) = (.message, .message)
        case 8 where name[0] == UInt8(ascii: "r"): (first, second) = (.rejected, .rejected)
        case 8: (first, second) = (.progress, .prefetch)
        case 9: (first, second) = (.heartbeat, .heartbeat)
        case 11: (first, second) = (.retryAfter, .unavailable)
        default: return nil
        }
        if name.isText(first.name) {
            self = first
        } else if name.isText(second.name) {
            self = second
        } else {
            return nil
        }
    }

    /// Those that stand beside each other.
    struct Group: Sendable {
        private var bits: UInt16 = 0

        init(_ keys: AnswerKey...) {
            for key in keys { _ = insert(key) }
        }

        func contains(_ key: AnswerKey) -> Bool { bits >> key.rawValue & 1 == 1 }

        /// Whether it was not there.
        mutating func insert(_ key: AnswerKey) -> Bool {
            defer { bits |= 1 << key.rawValue }
            return !contains(key)
        }

        /// The first of the others that is not in this.
        func firstMissing(of others: Self) -> AnswerKey? {
            let missing = others.bits & ~bits
            return missing == 0 ? nil : AnswerKey(rawValue: UInt8(missing.trailingZeroBitCount))
        }

        static let ofAnswer = Self(
            .seq, .frame, .status, .reason, .retryAfter, .failed, .rejected, .unavailable, .ready, .prefetch,
            .heartbeat, .progress, .log)
        static let ofException = Self(.seq, .reason, .retryAfter)
        static let ofLog = Self(.level, .message)
        static let ofReady = Self(.ready, .prefetch, .heartbeat)
        static let ofProgress = Self(.progress)
        static let ofLogLine = Self(.log, .level, .message)
        static let ofDone = Self(.seq, .frame, .status)
        static let ofRejected = Self(.seq, .frame, .status, .reason)
        static let ofRetried = Self(.seq, .frame, .status, .reason, .retryAfter)
        static let ofPartial = Self(.frame, .status, .failed, .rejected, .unavailable)
    }
}

extension Span<UInt8> {
    func isText(_ text: StaticString) -> Bool {
        count == text.utf8CodeUnitCount && hasPrefix(text)
    }

    func hasPrefix(_ text: StaticString) -> Bool {
        guard count >= text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { text in
            for place in text.indices where self[place] != text[place] { return false }
            return true
        }
    }

    /// The text of a range, with U+FFFD for what is not UTF-8.
    func string(_ range: Range<Int>) -> String {
        extracting(range).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }

    /// The text of a string of JSON, without its quotes; nil: it is not UTF-8.
    func unescapedString(_ range: Range<Int>) -> String? {
        var text: [UInt8] = []
        text.appendUnescaped(self, range)
        return String(validating: text, as: UTF8.self)
    }
}
