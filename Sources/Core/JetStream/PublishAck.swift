/// What the broker says of a message that it has stored.
public struct PublishAck: Sendable, Hashable {
    /// Its number in the stream; of a repetition, that of the message that was there.
    public var sequence: UInt64
    /// Whether a message of that id was there.
    public var isDuplicate: Bool

    /// Makes one.
    public init(sequence: UInt64, isDuplicate: Bool = false) {
        self.sequence = sequence
        self.isDuplicate = isDuplicate
    }

    /// Reads `{"stream":"EVENTS","seq":17,"duplicate":true}`, or the error that stands there in its place.
    static func read(_ bytes: ArraySlice<UInt8>) -> Result<PublishAck, NATSError> {
        // There is one of these for each message, so it is not decoded as any JSON. `duplicate` is left out where it is not true,
        // and no name of a stream has a quote.
        if let sequence = bytes.withUnsafeBufferPointer(plain) { return .success(PublishAck(sequence: sequence)) }
        if !contains(bytes, "\"error\":"), let place = end(of: "\"seq\":", in: bytes) {
            var (sequence, index): (UInt64, Int) = (0, place)
            while index < bytes.endIndex, bytes[index] == 0x20 { index += 1 }
            let start = index
            while index < bytes.endIndex, case let digit = bytes[index] &- 0x30, digit < 10 {
                let (tenfold, overflow) = sequence.multipliedReportingOverflow(by: 10)
                guard !overflow, tenfold <= .max - UInt64(digit) else { return .failure(garbled(bytes)) }
                sequence = tenfold + UInt64(digit)
                index += 1
            }
            guard index > start else { return .failure(garbled(bytes)) }
            return .success(PublishAck(sequence: sequence, isDuplicate: contains(bytes, "\"duplicate\":")))
        }
        do {
            try APIAnswer.check(bytes)
            return .failure(garbled(bytes))
        } catch {
            return .failure(error)
        }
    }

    /// The number in what nearly all are: `{"stream":"EVENTS","seq":17}`, with or without a space before a name.
    private static func plain(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64? {
        var index = 0
        func skip(_ text: StaticString) -> Bool {
            let count = text.utf8CodeUnitCount
            guard bytes.count - index >= count else { return false }
            for place in 0..<count where bytes[index + place] != text.utf8Start[place] { return false }
            index += count
            return true
        }
        guard skip("{\"stream\":\"") else { return nil }
        while index < bytes.count, bytes[index] != 0x22 { index += 1 }
        guard skip("\",") else { return nil }
        _ = skip(" ")
        guard skip("\"seq\":") else { return nil }
        let start = index
        var sequence: UInt64 = 0
        // So many digits cannot be too many.
        while index < bytes.count, index - start < 19, case let digit = bytes[index] &- 0x30, digit < 10 {
            sequence = sequence * 10 + UInt64(digit)
            index += 1
        }
        return index > start && skip("}") && index == bytes.count ? sequence : nil
    }

    private static func garbled(_ bytes: ArraySlice<UInt8>) -> NATSError {
        .garbled(String(decoding: bytes.prefix(200), as: UTF8.self))
    }

    private static func contains(_ bytes: ArraySlice<UInt8>, _ text: StaticString) -> Bool {
        end(of: text, in: bytes) != nil
    }

    /// Where the first occurrence ends.
    private static func end(of text: StaticString, in bytes: ArraySlice<UInt8>) -> Int? {
        let count = text.utf8CodeUnitCount
        guard bytes.count >= count else { return nil }
        return bytes.withUnsafeBufferPointer { buffer in
            for start in 0...buffer.count - count where buffer[start] == text.utf8Start[0] {
                var length = 1
                while length < count, buffer[start + length] == text.utf8Start[length] { length += 1 }
                if length == count { return bytes.startIndex + start + count }
            }
            return nil
        }
    }
}
