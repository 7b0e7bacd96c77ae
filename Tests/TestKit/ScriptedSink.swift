import Dispatch
import Locking
public import Writing

/// A sink that reports each batch it is given and then waits to be told what became of it.
public final class ScriptedSink: RecordSink {
    private let reports: AsyncStream<[String]>.Continuation
    private let script = Locked<[BatchResult]>([])
    private let gate = DispatchSemaphore(value: 0)
    private let isGated: Bool
    private let takenRecords = Locked<[String]>([])
    /// The batches in the sink's hands, in order.
    public let batches: AsyncStream<[String]>

    /// - Parameter isGated: Whether each batch waits for ``release(_:)``.
    public init(isGated: Bool = true) {
        self.isGated = isGated
        (batches, reports) = AsyncStream.makeStream()
    }

    /// Every record the sink has taken, in order.
    public var taken: [String] { takenRecords.withLock { $0 } }

    /// Lets the batch in hand end; without a result all of it is taken.
    public func release(_ result: BatchResult? = nil) {
        if let result { script.withLock { $0.append(result) } }
        gate.signal()
    }

    /// The same as ``RecordSink/write(_:until:)``, as the script has it.
    public func write(_ records: [String], until interruption: Interruption) -> BatchResult {
        reports.yield(records)
        if isGated { gate.wait() }
        let result = script.withLock { $0.isEmpty ? nil : $0.removeFirst() } ?? .taken(records.count)
        takenRecords.withLock { taken in
            for (index, record) in records.prefix(result.decided).enumerated() where result.refused[index] == nil {
                taken.append(record)
            }
        }
        return result
    }
}

/// Why a sink broke, or refused a record.
public struct SinkFailure: Error, Equatable {
    /// Makes one like any other.
    public init() {}
}
