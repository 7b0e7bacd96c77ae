import DequeModule
import Locking

/// What waits for one reader, up to a capacity: whoever brings something never waits, whoever reads does.
///
/// One task reads at a time.
final class ReaderQueue<Element: Sendable>: Sendable {
    private struct State {
        var elements: Deque<Element> = []
        var hasEnded = false
    }

    private let capacity: Int
    private let state = Locked(State())
    private let arrival = Notify()

    package init(capacity: Int) {
        self.capacity = capacity
    }

    /// Adds an element for the reader. False: there is no room, or the queue has ended.
    func offer(_ element: Element) -> Bool {
        let isTaken = state.withLock { state in
            guard !state.hasEnded, state.elements.count < capacity else { return false }
            state.elements.append(element)
            return true
        }
        if isTaken { arrival.notify() }
        return isTaken
    }

    /// Nothing more comes; what is there can still be read.
    func end() {
        state.withLock { $0.hasEnded = true }
        arrival.notify()
    }

    /// The next element; nil after the last one, or when the task is cancelled.
    func next() async -> Element? {
        while true {
            let (element, hasEnded) = state.withLock { ($0.elements.popFirst(), $0.hasEnded) }
            if let element { return element }
            guard !hasEnded, (try? await arrival.wait()) != nil else { return nil }
        }
    }
}

/// A reader's hold on a queue. When the last reference goes, whoever fills the queue is told.
public final class Subscription<Element: Sendable>: Sendable {
    private let queue: ReaderQueue<Element>
    private let onEnd: @Sendable () -> Void

    init(_ queue: ReaderQueue<Element>, onEnd: @escaping @Sendable () -> Void) {
        self.queue = queue
        self.onEnd = onEnd
    }

    deinit { onEnd() }

    /// The next element; nil after the last one, or when the task is cancelled. For one task at a time.
    public func next() async -> Element? { await queue.next() }
}
