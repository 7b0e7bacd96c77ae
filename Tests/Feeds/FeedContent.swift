/// What made-up events are made of: the same for the same seed.
package struct FeedContent: Sendable {
    private let seed: UInt64

    package init(seed: UInt64 = 1) { self.seed = seed }

    /// One of some, for an event; `part` tells apart what one event draws.
    func pick<Element>(_ elements: [Element], _ number: Int, _ part: UInt64) -> Element {
        elements[Int(bits(number, part) % UInt64(elements.count))]
    }

    /// A number below a bound.
    func below(_ bound: UInt64, _ number: Int, _ part: UInt64) -> UInt64 { bits(number, part) % bound }

    func title(_ number: Int) -> String { "\(pick(Self.kinds, number, 1)) of \(pick(Self.places, number, 2))" }
    func person(_ number: Int) -> String { "\(pick(Self.people, number, 3))\(below(90, number, 4) + 10)" }
    func word(_ number: Int) -> String { pick(Self.words, number, 5) }

    /// A sentence of so many words.
    func sentence(_ number: Int, words: Int) -> String {
        (0..<words).map { word(number &* 101 &+ $0) }.joined(separator: " ") + "."
    }

    /// A UUID in whose last part the number stands, so that it can be found again.
    func uuid(_ number: Int) -> String {
        let head = Self.hex(bits(0, 6) & 0xffff_ffff, digits: 8)
        return "\(head)-5eed-4000-8000-\(Self.hex(UInt64(number), digits: 12))"
    }

    /// The number of a UUID that this made.
    func number(ofUUID text: some StringProtocol) -> Int? {
        guard let number = Int(text.suffix(12), radix: 16), number >= 0, text == uuid(number) else { return nil }
        return number
    }

    /// A time of a made-up day, a second per event.
    static func time(_ number: Int) -> String {
        let second = number % 86_400
        return "2026-11-28T\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60))Z"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    static func hex(_ value: UInt64, digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }

    /// SplitMix64's mix of seed, number and part.
    private func bits(_ number: Int, _ part: UInt64) -> UInt64 {
        Self.mix(Self.mix(seed &+ 0x9e37_79b9_7f4a_7c15 &* part) ^ UInt64(bitPattern: Int64(number)))
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9e37_79b9_7f4a_7c15
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    private static let kinds = [
        "History", "Bridges", "Rivers", "Museums", "Tramways", "Gardens", "Islands", "Libraries",
    ]
    private static let places = [
        "Aldermoor", "Brennick", "Calvaro", "Dunmarsh", "Elverön", "Fenwick", "Gröndal", "Hirota",
    ]
    private static let people = ["ada", "bela", "carol", "dmitri", "esme", "farid", "greta", "hugo"]
    private static let words = [
        "a", "river", "keeps", "its", "own", "time", "and", "nobody", "asks", "the", "bridge", "whether", "it", "holds",
        "until", "morning",
    ]
}
