/// Values by key, in the order in which the keys were added.
///
/// Look-up, addition and removal cost the same however many there are (amortised): a removed value leaves a hole, and
/// the holes are closed when they are the most.
struct OrderedTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private var slots: [(key: Key, value: Value)?] = []
    private var positions: [Key: Int] = [:]
    private let fewest = 16

    var count: Int { positions.count }

    /// How many values there is room for, holes included: what it costs to go through all.
    var width: Int { slots.count }

    /// Makes room for so many: a table that grows by doubling holds up to twice of what it needs.
    mutating func reserveCapacity(_ count: Int) {
        slots.reserveCapacity(count)
        positions.reserveCapacity(count)
    }

    /// Setting a value of a new key adds it at the end; nil removes it.
    subscript(key: Key) -> Value? {
        get { positions[key].flatMap { slots[$0]?.value } }
        set {
            switch (positions[key], newValue) {
            case (let position?, let value?):
                slots[position] = (key, value)
            case (nil, let value?):
                positions[key] = slots.count
                slots.append((key, value))
            case (let position?, nil):
                slots[position] = nil
                positions[key] = nil
                closeHoles()
            case (nil, nil): break
            }
        }
    }

    /// All keys, in order.
    var keys: [Key] { slots.compactMap { $0?.key } }

    /// All values, in order of their keys.
    var values: [Value] { slots.compactMap { $0?.value } }

    /// That key and those added after it, in order; none when it is not there.
    func keys(from key: Key) -> [Key] {
        positions[key].map { slots[$0...].compactMap { $0?.key } } ?? []
    }

    /// Puts what is there into this order. Keys that are not named come first, in their old order.
    mutating func reorder(_ order: [Key]) {
        let named = Set(order)
        let rest = slots.compactMap { $0 }.filter { !named.contains($0.key) }
        let sorted = order.compactMap { key in self[key].map { (key, $0) } }
        slots = rest + sorted
        indexSlots()
    }

    private mutating func closeHoles() {
        guard slots.count > fewest, slots.count > 2 * positions.count else { return }
        slots.removeAll { $0 == nil }
        indexSlots()
    }

    /// Checks that each value is where its key says.
    func checkInvariants() {
        precondition(slots.count { $0 != nil } == positions.count, "a value without a position")
        for (key, position) in positions { precondition(slots[position]?.key == key, "a key in another's position") }
    }

    private mutating func indexSlots() {
        positions.removeAll(keepingCapacity: positions.capacity <= 4 * slots.count)
        for (position, slot) in slots.enumerated() { if let slot { positions[slot.key] = position } }
    }
}
