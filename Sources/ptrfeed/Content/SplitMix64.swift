/// SplitMix64 (Steele, Lea and Flood, 2014): a small generator whose whole state is one word, so that every tweet can
/// have one of its own.
///
/// Random access matters more here than quality: tweet 40,000 of a stream is drawn without drawing the 39,999 before
/// it.
struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// A generator for one thing among many: different `parts` give unrelated sequences, the same `parts` always the
    /// same one.
    init(seed: UInt64, parts: UInt64...) {
        var mixed = Self.mix(seed)
        for part in parts {
            mixed = Self.mix(mixed ^ Self.mix(part))
        }
        state = mixed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mix(state)
    }

    /// A number in `0..<bound`. The bias of the multiplication (below 2⁻³² for our bounds) does not matter to made-up
    /// tweets.
    mutating func below(_ bound: Int) -> Int {
        Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[below(elements.count)]
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
