import CMemory
import Locking
import Pipeline

/// Gives memory back to the system that a burst needed: the allocator keeps what is freed, for each thread by itself, for the next
/// burst, and the parts of the program that it ran stay mapped. A daemon that saw one would look that large for ever.
struct FreedMemory {
    private let application: Application
    /// It takes some milliseconds, which no thread of the tree has.
    private let queue = SerialQueue("freed memory")

    /// What is larger has pages of its own. In bytes.
    private static let largestKept: Int32 = 4 << 20

    init(_ application: Application) { self.application = application }

    /// Does so after each half minute in which much less came than in the busiest one since the last time. Ends when the task is
    /// cancelled.
    func run() async {
        // Until then it is kept: a flood frees and wants the same memory again all the time, and would get it from the kernel as fresh
        // pages.
        ptr_memory_set_thresholds(Self.largestKept, 2 * Self.largestKept)
        var (last, busiest): (UInt64, UInt64) = (0, 0)
        while (try? await Task.sleep(for: .seconds(30))) != nil {
            let received = application.status.messages.received
            let now = received - last
            last = received
            guard now < busiest / 4 else {
                busiest = max(busiest, now)
                continue
            }
            busiest = 0
            await queue.run { () throws(Never) in
                ptr_memory_trim()
                ProgramPages.letGo()
            }
        }
    }
}
