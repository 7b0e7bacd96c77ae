import NIOCore

/// What was sent and must not be told, though a server may repeat it in an answer, whole or in part.
struct RequestSecrets: Sendable {
    private var texts: Set<String> = []
    /// The values of a URL's query, with their names.
    private var parameters: [(name: String, value: String)] = []
    /// Held as it is: it may be large.
    var body: ByteBuffer?

    /// Pieces that are shorter are words.
    static let shortest = MemoryLayout<UInt64>.size

    mutating func add(_ secret: some StringProtocol) {
        if secret.utf8.count >= Self.shortest { texts.insert(String(secret)) }
    }

    mutating func add(parameter name: String, _ value: String) {
        if value.utf8.count >= Self.shortest { parameters.append((name, value)) }
    }

    /// A text without the pieces that it shares with a secret, in whichever case, with `\` before some characters or
    /// without: so neither a secret that was cut off nor one within JSON comes through.
    ///
    /// - Parameter isSecret: whether a parameter of the query is, by its name and value.
    func removed(from text: String, isSecret: (String, String) -> Bool = { _, _ in true }) -> String {
        guard !texts.isEmpty || !parameters.isEmpty || body != nil, text.utf8.count >= Self.shortest else {
            return text
        }
        var search = PieceSearch(text)
        for secret in texts { search.mark(secret.utf8) }
        for (name, value) in parameters where isSecret(name, value) { search.mark(value.utf8) }
        if let body { search.mark(body.readableBytesView) }
        return search.unmarked
    }
}

/// The pieces of eight bytes that a short text shares with long ones. A piece is a number, so each secret is read once.
private struct PieceSearch {
    private let bytes: [UInt8]
    /// Where the bytes that count are.
    private let places: [Int]
    /// Where each piece begins, as indices of `places`.
    private var beginnings: [UInt64: [Int]] = [:]
    private var isMarked: [Bool]

    /// Every URL has that: a piece of one that goes across it tells nothing.
    private static func isOfScheme(_ piece: UInt64) -> Bool {
        let mark: UInt64 = 0x3A_2F2F
        return (0...5).contains { piece >> ($0 * 8) & 0xFF_FFFF == mark }
    }

    init(_ text: String) {
        bytes = Array(text.utf8)
        places = bytes.indices.filter { [bytes] in Self.counts(bytes[$0]) }
        isMarked = [Bool](repeating: false, count: bytes.count)
        var piece: UInt64 = 0
        for (index, place) in places.enumerated() {
            piece = piece << 8 | UInt64(Self.folded(bytes[place]))
            guard index + 1 >= RequestSecrets.shortest, !Self.isOfScheme(piece) else { continue }
            beginnings[piece, default: []].append(index + 1 - RequestSecrets.shortest)
        }
    }

    mutating func mark(_ secret: some Sequence<UInt8>) {
        var (piece, count): (UInt64, Int) = (0, 0)
        for byte in secret where Self.counts(byte) {
            (piece, count) = (piece << 8 | UInt64(Self.folded(byte)), count + 1)
            // Taken out, so that a secret that repeats itself costs nothing.
            guard count >= RequestSecrets.shortest, let found = beginnings.removeValue(forKey: piece) else { continue }
            for first in found {
                for place in places[first]...places[first + RequestSecrets.shortest - 1] { isMarked[place] = true }
            }
        }
    }

    var unmarked: String {
        var result: [UInt8] = []
        for (index, byte) in bytes.enumerated() {
            if !isMarked[index] {
                result.append(byte)
            } else if index == 0 || !isMarked[index - 1] {
                result += "…".utf8
            }
        }
        // A piece may begin or end within a character.
        return String(decoding: result, as: UTF8.self)
    }

    private static func counts(_ byte: UInt8) -> Bool { byte != UInt8(ascii: "\\") }

    private static func folded(_ byte: UInt8) -> UInt8 {
        UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte ? byte | 0x20 : byte
    }
}
