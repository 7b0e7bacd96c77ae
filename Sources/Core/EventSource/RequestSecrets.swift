import NIOCore

/// What was sent and must not be told, though a server may repeat it in an answer, whole or in part.
struct RequestSecrets: Sendable {
    private var texts: Set<String> = []
    /// The values of a URL's query, with their names.
    private var parameters: [(name: String, value: String)] = []
    /// Held as it is: it may be large.
    var body: ByteBuffer?

    /// Of a secret that is not shorter, each piece of this length is found. A shorter one is found as a word: where neither a
    /// letter nor a digit goes on with it.
    static let piece = MemoryLayout<UInt64>.size
    /// What is shorter and is not known to be a secret, such as the value of any header, is none: `1`, `on`, `yes`.
    static let shortest = 4

    /// - Parameter isCredential: it is a secret, however short.
    mutating func add(_ secret: some StringProtocol, isCredential: Bool = false) {
        if secret.utf8.count >= (isCredential ? 1 : Self.shortest) { texts.insert(String(secret)) }
    }

    mutating func add(parameter name: String, _ value: String) {
        if value.utf8.count >= Self.shortest { parameters.append((name, value)) }
    }

    /// A user and a password, and what is sent of them.
    mutating func add(login: String, encoded: String) {
        for secret in [login, encoded] { add(secret, isCredential: true) }
        if let colon = login.firstIndex(of: ":") { add(login[colon...].dropFirst(), isCredential: true) }
    }

    /// A text without the pieces that it shares with a secret, in whichever case, with `\` before some characters or
    /// without: so neither a long secret that was cut off nor one within JSON comes through.
    ///
    /// - Parameter isSecret: whether a parameter of the query is, by its name and value.
    func removed(from text: String, isSecret: (String, String) -> Bool = { _, _ in true }) -> String {
        guard !texts.isEmpty || !parameters.isEmpty || body != nil, !text.isEmpty else { return text }
        var search = PieceSearch(text)
        for secret in texts { search.mark(secret.utf8) }
        for (name, value) in parameters where isSecret(name, value) { search.mark(value.utf8) }
        if let body, body.readableBytes >= Self.shortest { search.mark(body.readableBytesView) }
        search.markWords()
        return search.unmarked
    }
}

/// The pieces of eight bytes that a short text shares with long ones, and the words that are shorter. A piece is a number, so each
/// secret is read once.
private struct PieceSearch {
    private let bytes: [UInt8]
    /// Where the bytes that count are.
    private let places: [Int]
    /// Where each piece begins, as indices of `places`.
    private var beginnings: [UInt64: [Int]] = [:]
    /// Secrets that are shorter than a piece.
    private var words: Set<UInt64> = []
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
            guard index + 1 >= RequestSecrets.piece, !Self.isOfScheme(piece) else { continue }
            beginnings[piece, default: []].append(index + 1 - RequestSecrets.piece)
        }
    }

    mutating func mark(_ secret: some Sequence<UInt8>) {
        var (piece, count): (UInt64, Int) = (0, 0)
        for byte in secret where Self.counts(byte) {
            (piece, count) = (piece << 8 | UInt64(Self.folded(byte)), count + 1)
            // Taken out, so that a secret that repeats itself costs nothing.
            guard count >= RequestSecrets.piece, let found = beginnings.removeValue(forKey: piece) else { continue }
            for first in found { mark(first..<first + RequestSecrets.piece) }
        }
        // Every URL has one of these.
        if 1..<RequestSecrets.piece ~= count, !Self.schemes.contains(piece) { words.insert(piece) }
    }

    /// Marks what is shorter than a piece. No byte of it is 0, so that its number has its length, too.
    mutating func markWords() {
        guard !words.isEmpty else { return }
        for first in places.indices {
            var word: UInt64 = 0
            for end in first..<min(first + RequestSecrets.piece - 1, places.count) {
                word = word << 8 | UInt64(Self.folded(bytes[places[end]]))
                if words.contains(word), isWhole(first...end) { mark(first..<end + 1) }
            }
        }
    }

    private mutating func mark(_ found: Range<Int>) {
        for place in places[found.lowerBound]...places[found.upperBound - 1] { isMarked[place] = true }
    }

    /// Whether no letter or digit goes on with what stands there, before or behind it.
    private func isWhole(_ word: ClosedRange<Int>) -> Bool {
        func isLetter(_ index: Int) -> Bool {
            guard places.indices.contains(index) else { return false }
            return switch Self.folded(bytes[places[index]]) {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"), 0x80...: true
            default: false
            }
        }
        return !(isLetter(word.lowerBound - 1) && isLetter(word.lowerBound))
            && !(isLetter(word.upperBound) && isLetter(word.upperBound + 1))
    }

    private static let schemes: Set<UInt64> = [0x68_7474_70, 0x68_7474_7073]

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
