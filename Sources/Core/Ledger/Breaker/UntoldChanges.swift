/// What has changed and was not told yet, of a value that says it later; of many, the last. So it grows under nobody's absence.
package struct UntoldChanges<Change: Sendable>: Sendable {
    private static var most: Int { 16 }

    private var changes: [Change] = []

    package mutating func append(_ change: Change) {
        if changes.count == Self.most { changes.removeFirst() }
        changes.append(change)
    }

    /// All of them; they count as told from now on.
    package mutating func take() -> [Change] {
        guard !changes.isEmpty else { return [] }
        defer { changes = [] }
        return changes
    }
}
