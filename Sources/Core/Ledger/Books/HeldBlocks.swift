/// The blocks of memory that messages in flight lie in. A block counts from the admission of its first message until the
/// last one of those that were admitted is settled.
struct HeldBlocks {
    private struct Entry {
        var number: UInt64
        var bytes: Int
        var messages = 0
    }

    private var entries: [Entry] = []
    private var free: [Int] = []
    /// For each stream the block that was begun last: its events come one after another.
    private var last: [Int]

    init(streams count: Int) {
        last = Array(repeating: -1, count: count)
    }

    mutating func addStream() { last.append(-1) }

    /// What it takes to admit one more message of a stream that lies in this block.
    func cost(of block: PackedEvents.Block, stream: Int) -> Int { holds(block, stream) ? 0 : block.bytes }

    /// One more message of a stream lies in this block. Returns where it is counted.
    mutating func add(_ block: PackedEvents.Block, stream: Int) -> Int {
        if !holds(block, stream) {
            let entry = Entry(number: block.number, bytes: block.bytes)
            if let place = free.popLast() {
                entries[place] = entry
                last[stream] = place
            } else {
                entries.append(entry)
                last[stream] = entries.count - 1
            }
        }
        entries[last[stream]].messages += 1
        return last[stream]
    }

    /// A message that shares its memory with no other. Returns where it is counted.
    mutating func add(alone bytes: Int) -> Int {
        let entry = Entry(number: 0, bytes: bytes, messages: 1)
        guard let place = free.popLast() else {
            entries.append(entry)
            return entries.count - 1
        }
        entries[place] = entry
        return place
    }

    /// A message is settled. Returns the bytes that are held no longer.
    mutating func remove(at place: Int) -> Int {
        entries[place].messages -= 1
        guard entries[place].messages == 0 else { return 0 }
        // Numbers begin with 1: the place is nobody's.
        entries[place].number = 0
        free.append(place)
        return entries[place].bytes
    }

    /// What a block holds.
    func bytes(at place: Int) -> Int { entries[place].bytes }

    private func holds(_ block: PackedEvents.Block, _ stream: Int) -> Bool {
        last[stream] >= 0 && entries[last[stream]].number == block.number
    }
}
