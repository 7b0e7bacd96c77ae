import Templates

/// Reads one answer: strictly, since a guess at what was meant could make a success of what was none.
struct AnswerParser: ~Copyable {
    /// No more bytes are kept of a reason.
    static let mostReasonBytes = 1024
    /// No more bytes are kept of a log line.
    static let mostLogBytes = 4096

    private var members = AnswerMembers()
    private var position = 0

    /// Reads an answer from all of a text.
    static func parse(_ text: Span<UInt8>) throws(ProtocolFault) -> WorkerAnswer {
        var parser = AnswerParser()
        do throws(Flaw) {
            try parser.readObject(text, .ofAnswer)
            guard text.endOfWhiteSpace(from: parser.position) == text.count else { throw .notJSON }
            return try parser.members.answer()
        } catch {
            throw error.fault(text)
        }
    }

    // MARK: Objects

    /// Reads the object that begins here into `members`.
    private mutating func readObject(_ text: Span<UInt8>, _ allowed: AnswerKey.Group) throws(Flaw) {
        position = text.endOfWhiteSpace(from: position)
        guard take(UInt8(ascii: "{"), text) else { throw text.isJSON ? .noObject : .notJSON }
        guard !take(UInt8(ascii: "}"), text) else { return }
        repeat {
            guard text.byte(at: position) == UInt8(ascii: "\""),
                let (end, hasEscapes) = text.endOfString(from: position)
            else { throw .notJSON }
            let name = position + 1..<end - 1
            position = text.endOfWhiteSpace(from: end)
            guard take(UInt8(ascii: ":"), text) else { throw .notJSON }
            guard let key = Self.key(text, name, hasEscapes: hasEscapes), allowed.contains(key) else {
                throw text.isJSON ? .unknownKey(text.string(name)) : .notJSON
            }
            guard members.keys.insert(key) else { throw .twice(key.name) }
            try readValue(of: key, text)
            position = text.endOfWhiteSpace(from: position)
        } while take(UInt8(ascii: ","), text)
        guard take(UInt8(ascii: "}"), text) else { throw .notJSON }
    }

    private static func key(_ text: Span<UInt8>, _ name: Range<Int>, hasEscapes: Bool) -> AnswerKey? {
        guard hasEscapes else { return AnswerKey(text.extracting(name)) }
        return text.unescapedString(name).flatMap { AnswerKey(Array($0.utf8).span) }
    }

    /// Passes a byte, if it is the one, and the white space behind it.
    private mutating func take(_ byte: UInt8, _ text: Span<UInt8>) -> Bool {
        guard position < text.count, text[position] == byte else { return false }
        position = text.endOfWhiteSpace(from: position + 1)
        return true
    }

    private mutating func readValue(of key: AnswerKey, _ text: Span<UInt8>) throws(Flaw) {
        switch key {
        case .seq: members.seq = try readNumber(of: key, text)
        case .frame: members.frame = try readNumber(of: key, text)
        case .progress: members.progress = try readNumber(of: key, text)
        case .ready: members.ready = try readNumber(of: key, text)
        case .prefetch: members.prefetch = try readNumber(of: key, text)
        case .heartbeat: members.heartbeat = try readBoolean(of: key, text)
        case .status where text.extracting(position...).hasPrefix(#""done""#): position += 6
        case .status: members.status = try readName(of: key, text)
        case .level: members.level = try readName(of: key, text)
        case .reason: members.reason = try readText(of: key, text, atMost: Self.mostReasonBytes)
        case .message: members.message = try readText(of: key, text, atMost: Self.mostLogBytes)
        case .retryAfter: members.retryAfter = try readSeconds(of: key, text)
        case .failed: try readExceptions(.failed, of: key, text)
        case .rejected: try readExceptions(.rejected, of: key, text)
        case .unavailable: try readExceptions(.unavailable, of: key, text)
        case .log: try readLog(text)
        }
    }

    private mutating func readLog(_ text: Span<UInt8>) throws(Flaw) {
        guard text.byte(at: position) == UInt8(ascii: "{") else { throw .wrongType("log", "an object") }
        try readObject(text, .ofLog)
    }

    /// Reads the list of those that ended otherwise than the rest of a batch.
    private mutating func readExceptions(
        _ status: AnswerMembers.Status, of key: AnswerKey, _ text: Span<UInt8>
    ) throws(Flaw) {
        guard take(UInt8(ascii: "["), text) else {
            throw .wrongType(key.name, #"a list of {"seq":…,"reason":"…"}"#)
        }
        guard text.byte(at: position) != UInt8(ascii: "]") else {
            position += 1
            return
        }
        let outer = members
        var exceptions = outer.exceptions
        repeat {
            members = AnswerMembers()
            guard text.byte(at: position) == UInt8(ascii: "{") else {
                throw .wrongType(key.name, #"a list of {"seq":…,"reason":"…"}"#)
            }
            try readObject(text, .ofException)
            members.status = status
            guard members.keys.contains(.seq) else { throw .missing("seq in the list of \(key.name)") }
            guard exceptions.updateValue(members.outcome(), forKey: members.seq) == nil else {
                throw .senseless("it names message \(members.seq) twice")
            }
            position = text.endOfWhiteSpace(from: position)
        } while take(UInt8(ascii: ","), text)
        members = outer
        members.exceptions = exceptions
        guard take(UInt8(ascii: "]"), text) else { throw .notJSON }
    }

    // MARK: Values

    private mutating func readNumber(
        of key: AnswerKey, _ text: Span<UInt8>
    ) throws(Flaw) -> UInt64 {
        let start = position
        guard let end = text.endOfNumber(from: start) else { throw wrongType(key, "a number", text) }
        position = end
        var number: UInt64 = 0
        for place in start..<end {
            let digit = text[place] &- UInt8(ascii: "0")
            guard digit <= 9 else { throw .wrongType(key.name, "a whole number, written in digits") }
            let (product, isTooLarge) = number.multipliedReportingOverflow(by: 10)
            let (sum, isTooLargeNow) = product.addingReportingOverflow(UInt64(digit))
            guard !isTooLarge, !isTooLargeNow else { throw .outOfRange(key.name, mend: "send it back as it came") }
            number = sum
        }
        return number
    }

    private mutating func readSeconds(of key: AnswerKey, _ text: Span<UInt8>) throws(Flaw) -> Duration {
        guard let end = text.endOfNumber(from: position) else { throw wrongType(key, "a number of seconds", text) }
        let seconds = Double(text.string(position..<end)) ?? .infinity
        position = end
        guard (0...1e9).contains(seconds) else {
            throw .outOfRange(key.name, mend: "it is 0 to 1,000,000,000 seconds")
        }
        return .seconds(seconds)
    }

    private mutating func readBoolean(of key: AnswerKey, _ text: Span<UInt8>) throws(Flaw) -> Bool {
        guard let end = text.endOfLiteral(from: position), text[position] != UInt8(ascii: "n") else {
            throw wrongType(key, "true or false", text)
        }
        defer { position = end }
        return text[position] == UInt8(ascii: "t")
    }

    /// One of the words that there are for a key.
    private mutating func readName<Name: RawRepresentable & CaseIterable>(
        of key: AnswerKey, _ text: Span<UInt8>
    ) throws(Flaw) -> Name where Name.RawValue == String {
        guard text.byte(at: position) == UInt8(ascii: "\""), let (end, hasEscapes) = text.endOfString(from: position)
        else { throw wrongType(key, "a string", text) }
        let range = position + 1..<end - 1
        position = end
        let word = hasEscapes ? text.unescapedString(range) : text.string(range)
        guard let name = word.flatMap(Name.init(rawValue:)) else {
            throw .unknownWord(
                key.name, word ?? "", known: Name.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return name
    }

    private mutating func readText(
        of key: AnswerKey, _ text: Span<UInt8>, atMost mostBytes: Int
    ) throws(Flaw) -> String {
        guard text.byte(at: position) == UInt8(ascii: "\""), let end = text.endOfString(from: position)?.end else {
            throw wrongType(key, "a string", text)
        }
        guard let string = text.unescapedString(position + 1..<end - 1) else { throw .notJSON }
        position = end
        guard string.utf8.count > mostBytes else { return string }
        var cut = string.utf8.index(string.startIndex, offsetBy: mostBytes)
        // Not in the middle of a character.
        while cut.samePosition(in: string.unicodeScalars) == nil { cut = string.utf8.index(before: cut) }
        return string[..<cut] + "…"
    }

    /// What stands here is no such value; it may be no value at all.
    private func wrongType(_ key: AnswerKey, _ type: String, _ text: Span<UInt8>) -> Flaw {
        text.isJSON ? .wrongType(key.name, type) : .notJSON
    }
}
