import CMemory
import Locking
import Pipeline

/// Gives memory back to the system that a burst needed: the allocator keeps what is freed, for each thread by itself, for the next
/// burst, and a daemon that saw one would look that large for ever.
struct FreedMemory {
    private let application: Application
    /// It takes some milliseconds, which no thread of the tree has.
    private let queue = SerialQueue("freed memory")

    init(_ application: Application) { self.application = application }

    /// Does so twice a minute, if something was received since the last time. Ends when the task is cancelled.
    func run() async {
        var lastReceived: UInt64 = 0
        while (try? await Task.sleep(for: .seconds(30))) != nil {
            let received = application.status.messages.received
            guard received != lastReceived else { continue }
            lastReceived = received
            await queue.run { () throws(Never) in _ = malloc_trim(0) }
        }
    }
}
