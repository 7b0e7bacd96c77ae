import Glibc
import Locking

/// Where a delivery is acknowledged, as the broker has named it: `$JS.ACK.<stream>.<consumer>.<count>.<seq>.<consumer seq>.<time>.<pending>`,
/// also with domain and account before the stream and a token behind all.
///
/// There is one of these for each message in process, and threads pass it on: so it is kept as its numbers, and what stands before
/// them is known to be the same for all of a consumer.
public struct AckSubject: Sendable, Hashable {
    /// What it says of the delivery.
    public let delivery: Delivery
    /// What stands before the numbers; nil: it is all in the text.
    let prefix: AckPrefix?
    /// Mostly empty.
    private let text: String

    /// - Parameters:
    ///   - text: what a message has as its reply subject; nil: it is something else than where a delivery is acknowledged.
    ///   - known: what stood before the numbers of another one: mostly the same.
    init?(_ text: UnsafePointer<CChar>, known: AckPrefix? = nil) {
        if let known, known.begins(text), let (delivery, end) = Self.numbers(of: text, at: known.count), text[end] == 0
        {
            (self.delivery, prefix, self.text) = (delivery, known, "")
            return
        }
        let dots = Self.dots(of: text)
        guard let before = dots == 8 ? 4 : dots >= 10 ? 6 : nil, strncmp(text, "$JS.ACK.", 8) == 0 else { return nil }
        var start = 0
        for _ in 0..<before {
            while text[start] != 0x2E { start += 1 }
            start += 1
        }
        // It is sent to as it is: nothing of it may break the protocol.
        guard let (delivery, end) = Self.numbers(of: text, at: start), NATSSubject.isValid(String(cString: text)) else {
            return nil
        }
        self.delivery = delivery
        prefix = text[end] == 0 ? AckPrefix(UnsafeRawBufferPointer(start: text, count: start)) : nil
        self.text = prefix == nil ? String(cString: text) : ""
    }

    private static func dots(of text: UnsafePointer<CChar>) -> Int {
        var (place, dots) = (0, 0)
        while text[place] != 0 {
            if text[place] == 0x2E { dots += 1 }
            place += 1
        }
        return dots
    }

    /// The five numbers that begin at a place, and where they end; nil: there is something else, or they are written in another way
    /// than we write them.
    private static func numbers(of text: UnsafePointer<CChar>, at start: Int) -> (Delivery, end: Int)? {
        var place = start
        guard let count: Int = number(in: text, at: &place), let sequence: UInt64 = number(in: text, at: &place),
            let consumer: UInt64 = number(in: text, at: &place), let storedAt: Int64 = number(in: text, at: &place),
            let pending: UInt64 = number(in: text, at: &place)
        else { return nil }
        return (
            Delivery(
                count: count, sequence: sequence, consumerSequence: consumer, storedAt: storedAt, pending: pending),
            place
        )
    }

    /// The place is that of the next number afterwards.
    private static func number<Number: FixedWidthInteger>(in text: UnsafePointer<CChar>, at place: inout Int) -> Number?
    {
        let start = place
        var number: Number = 0
        while case let digit = UInt8(bitPattern: text[place]) &- 0x30, digit < 10 {
            let (tenfold, isTooLarge) = number.multipliedReportingOverflow(by: 10)
            let (sum, isLarger) = tenfold.addingReportingOverflow(Number(digit))
            guard !isTooLarge, !isLarger else { return nil }
            number = sum
            place += 1
        }
        guard place > start, text[start] != 0x30 || place == start + 1, text[place] == 0x2E || text[place] == 0 else {
            return nil
        }
        if text[place] == 0x2E { place += 1 }
        return number
    }

    // MARK: As text

    /// The most bytes that the five numbers take, with the dots between them and a zero behind all.
    private static let mostNumbers = 5 * 21

    /// Hands it on as text.
    func withCString<Answer>(_ body: (UnsafePointer<CChar>) -> Answer) -> Answer {
        guard let prefix else { return text.withCString(body) }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: prefix.count + Self.mostNumbers) { text in
            // A temporary allocation has an address.
            let start = text.baseAddress!
            var end = start + prefix.count
            memcpy(start, prefix.bytes, prefix.count)
            Self.put(UInt64(delivery.count), 0x2E, to: &end)
            Self.put(delivery.sequence, 0x2E, to: &end)
            Self.put(delivery.consumerSequence, 0x2E, to: &end)
            Self.put(UInt64(delivery.storedAt), 0x2E, to: &end)
            Self.put(delivery.pending, 0, to: &end)
            return body(start)
        }
    }

    private static func put(_ number: UInt64, _ last: CChar, to end: inout UnsafeMutablePointer<CChar>) {
        var (rest, digits) = (number, 1)
        while rest >= 10 {
            rest /= 10
            digits += 1
        }
        rest = number
        for digit in (0..<digits).reversed() {
            end[digit] = CChar(truncatingIfNeeded: 0x30 + rest % 10)
            rest /= 10
        }
        end[digits] = last
        end += digits + 1
    }
}

extension AckSubject: CustomStringConvertible {
    /// It as text.
    public var description: String { withCString { String(cString: $0) } }
}

/// What the subjects of acknowledgements begin with, each kept once and for ever: nobody has to count who refers to it.
///
/// Safe to share, since its bytes are never changed and never freed.
struct AckPrefix: Hashable, @unchecked Sendable {
    let bytes: UnsafeRawPointer
    let count: Int

    /// There are as many as consumers; a broker that has more to say gets no more memory for it.
    private static let most = 1000
    private static let all = Locked<[AckPrefix]>([])

    /// The one of these bytes; nil: there are too many already.
    init?(_ bytes: UnsafeRawBufferPointer) {
        let found = Self.all.withLock { all -> AckPrefix? in
            if let known = all.first(where: { UnsafeRawBufferPointer($0).elementsEqual(bytes) }) { return known }
            guard all.count < Self.most else { return nil }
            let kept = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
            kept.copyMemory(from: bytes)
            let made = AckPrefix(UnsafeRawPointer(kept.baseAddress!), bytes.count)
            all.append(made)
            return made
        }
        guard let found else { return nil }
        self = found
    }

    private init(_ bytes: UnsafeRawPointer, _ count: Int) { (self.bytes, self.count) = (bytes, count) }

    /// Whether a text begins with it.
    func begins(_ text: UnsafePointer<CChar>) -> Bool {
        strncmp(text, bytes.assumingMemoryBound(to: CChar.self), count) == 0
    }
}

extension UnsafeRawBufferPointer {
    fileprivate init(_ prefix: AckPrefix) { self.init(start: prefix.bytes, count: prefix.count) }
}
