/// What an operator has ordered that is to hold until he says otherwise: which streams nothing may be admitted of.
struct Orders {
    /// Until when each stream is paused, by its name; none: until it is resumed.
    private var paused: [String: Duration?] = [:]
    private(set) var isStoodDown = false
    /// What was resumed by its name since the drain began.
    private var released: Set<String> = []
    /// Whether the tree is stopping: that ends all pauses.
    var isStopping = false

    mutating func pause(_ names: [String], until end: Duration?) {
        for name in names { paused[name] = .some(end) }
    }

    /// Everything stands still, and so does what is yet to come.
    mutating func drain() {
        paused = [:]
        isStoodDown = true
        released = []
    }

    /// - Parameters:
    ///   - name: nil: all.
    ///   - living: the names of the streams that there are.
    mutating func resume(_ name: String?, living: Set<String>) {
        guard let name else {
            paused = [:]
            isStoodDown = false
            return
        }
        guard living.contains(name) else { return }
        paused[name] = nil
        released.insert(name)
        // A drain that holds nobody any more is over.
        if living.isSubset(of: released) { isStoodDown = false }
    }

    /// A stream has been removed: what was ordered of it goes with it.
    mutating func forget(_ name: String) {
        paused[name] = nil
        released.remove(name)
    }

    /// Why nothing of a stream may be admitted now; nil: it may.
    ///
    /// - Parameter isLiving: whether it is configured; else it is what such a stream had brought.
    func ban(on name: String, isLiving: Bool, at now: Duration) -> String? {
        if isStopping { return nil }
        if isStoodDown, !isLiving || !released.contains(name) { return "everything is drained" }
        guard isLiving, let pause = paused[name] else { return nil }
        if let end = pause, end <= now { return nil }
        return "it is paused"
    }
}
