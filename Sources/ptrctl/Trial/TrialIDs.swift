/// The ids of the events of a stream that is tried: what kind they are, and what resuming by them means.
struct TrialIDs: Sendable {
    enum Kind: String, Sendable {
        case none, numbers, json, texts
    }

    /// Events with an id of their own, with one that goes on from an event before, and with none.
    private(set) var own = 0
    private(set) var inherited = 0
    private(set) var without = 0
    /// How often an event said the id of the one before it again.
    private(set) var repeated = 0
    /// Ids that a header cannot hold.
    private(set) var unsendable = 0
    /// The longest, in bytes.
    private(set) var longest = 0
    private var numbers = 0
    private var documents = 0
    private var last = ""

    mutating func note(_ id: String, isOwn: Bool) {
        guard !id.isEmpty else {
            without += 1
            return last = ""
        }
        defer { last = id }
        longest = max(longest, id.utf8.count)
        guard isOwn else { return inherited += 1 }
        own += 1
        if id == last { repeated += 1 }
        if id.utf8.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }) { unsendable += 1 }
        if id.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
            numbers += 1
        } else if id.hasPrefix("["), id.hasSuffix("]") || id.utf8.count > 4096 {
            documents += 1
        } else if id.hasPrefix("{"), id.hasSuffix("}") || id.utf8.count > 4096 {
            documents += 1
        }
    }

    var kind: Kind {
        if own == 0 { return .none }
        if numbers == own { return .numbers }
        return documents == own ? .json : .texts
    }

    /// What they are, and what that means.
    var words: String {
        switch kind {
        case .none:
            return "none: what is sent while the connection is down is lost, and ptrd counts a gap"
        case .numbers, .json, .texts:
            let what = kind == .numbers ? "numbers" : kind == .json ? "JSON" : "texts"
            let share =
                without > 0
                ? ", but not in every event"
                : inherited > 0 || repeated > 0 ? ", several events to one" : ", each event its own"
            let most = longest > 64 ? ", up to \(Text.bytes(longest))" : ""
            let meaning =
                share.hasSuffix("own")
                ? "ptrd goes on after the last one" : "ptrd goes on there, and leaves out what it has had"
            return "\(what)\(share)\(most): after a break \(meaning)"
        }
    }
}
