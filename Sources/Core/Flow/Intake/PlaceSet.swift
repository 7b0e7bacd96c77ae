/// Places, such as those of streams: to find the next one costs little, however many there are of which few are in it.
struct PlaceSet {
    private var words: [UInt64] = []
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    func contains(_ place: Int) -> Bool {
        place >> 6 < words.count && words[place >> 6] & 1 << UInt64(place & 63) != 0
    }

    /// Puts a place in, or takes it out.
    mutating func set(_ place: Int, _ isIn: Bool) {
        guard contains(place) != isIn else { return }
        while words.count <= place >> 6 { words.append(0) }
        words[place >> 6] ^= 1 << UInt64(place & 63)
        count += isIn ? 1 : -1
    }

    /// The first at or after a place, and after the last one the first of all; nil: there is none.
    func next(from place: Int) -> Int? {
        guard count > 0, !words.isEmpty else { return nil }
        var index = place >> 6 < words.count ? place >> 6 : 0
        var word = words[index] & (place >> 6 < words.count ? UInt64.max << UInt64(place & 63) : .max)
        // The word that it begins in is looked at twice, the second time as a whole.
        for _ in 0...words.count {
            if word != 0 { return index << 6 | word.trailingZeroBitCount }
            index = index + 1 < words.count ? index + 1 : 0
            word = words[index]
        }
        return nil
    }

    /// All of them, in order.
    var places: [Int] { words.indices.flatMap { index in (0..<64).map { index << 6 | $0 } }.filter(contains) }
}
