import Locking
import NIOCore

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

/// Brings what a test tells it to, each event with a receipt, and keeps what it is told.
final class ReceiptSource: Source {
    let name: String
    let location: String
    let wantsNotices: Bool
    private let queue = Locked<[Event]>([])
    private let calls = Locked<[[SettlementNotice]]>([])
    private let notify = Notify()
    private let ended = Locked(false)

    init(_ name: String = "a", at location: String = "test", wantsNotices: Bool = true) {
        self.name = name
        self.location = location
        self.wantsNotices = wantsNotices
    }

    /// Brings events with these data, whose receipts are the numbers from `first` on.
    func send(_ data: [String], from first: UInt64 = 1) {
        queue.withLock { queue in
            for (index, data) in data.enumerated() {
                queue.append(Event(data: ByteBuffer(string: data), receipt: first + UInt64(index)))
            }
        }
        notify.notify()
    }

    func send(_ event: Event) {
        queue.withLock { $0.append(event) }
        notify.notify()
    }

    /// What it was told, call by call.
    var toldInBatches: [[SettlementNotice]] { calls.withLock { $0 } }

    /// What it was told, such as `1 processed`.
    var told: [String] { toldInBatches.joined().map { "\($0.receipt) \($0.how)" } }

    /// Whether its receiver has been stopped at least once.
    var hasEnded: Bool { ended.withLock { $0 } }

    func settled(_ notices: [SettlementNotice]) { calls.withLock { $0.append(notices) } }

    func run(_ intake: StreamIntake) async throws {
        defer { ended.withLock { $0 = true } }
        _ = intake.opened()
        while true {
            let batch = queue.withLock { queue in
                defer { queue = [] }
                return queue
            }
            if !batch.isEmpty { try await intake.bring(batch, bytes: 10) }
            try await notify.wait()
        }
    }
}
