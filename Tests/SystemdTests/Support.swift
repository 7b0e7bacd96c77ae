import Dispatch
import Glibc
import Locking
import Synchronization
import Testing

@testable import Systemd

/// A sink that reports each batch it is given and then waits to be told what became of it.
final class ScriptedSink: RecordSink {
    typealias Record = String

    private let reports: AsyncStream<[String]>.Continuation
    private let script = Locked<[BatchResult]>([])
    private let gate = DispatchSemaphore(value: 0)
    private let isGated: Bool
    private let takenRecords = Locked<[String]>([])
    /// The batches in the sink's hands, in order.
    let batches: AsyncStream<[String]>

    /// - Parameter isGated: Whether each batch waits for ``release(_:)``.
    init(isGated: Bool = true) {
        self.isGated = isGated
        (batches, reports) = AsyncStream.makeStream()
    }

    /// Every record the sink has taken, in order.
    var taken: [String] { takenRecords.withLock { $0 } }

    /// Lets the batch in hand end; without a result all of it is taken.
    func release(_ result: BatchResult? = nil) {
        if let result { script.withLock { $0.append(result) } }
        gate.signal()
    }

    func write(_ records: [String], until interruption: Interruption) -> BatchResult {
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

struct SinkFailure: Error, Equatable {
    var reason = "broken"
}

/// Runs `body`, which may block, on a thread of its own.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
        do {
            try OSThread.start(name: "test") { continuation.resume(returning: body()) }
        } catch {
            Issue.record(error)
        }
    }
}

/// A folder that lives as long as the value.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/ptr-test-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
        }
        path = try #require(made)
    }

    deinit {
        guard let directory = opendir(path) else { return }
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { unlink("\(path)/\(name)") }
        }
        closedir(directory)
        rmdir(path)
    }
}

/// Reads `count` bytes, or up to the end.
func readBytes(_ descriptor: Int32, count: Int = .max) -> [UInt8] {
    var result: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while result.count < count {
        let length = read(descriptor, &buffer, min(buffer.count, count - result.count))
        guard length > 0 else { break }
        result.append(contentsOf: buffer[..<length])
    }
    return result
}

func readText(_ path: String) throws -> String {
    let descriptor = open(path, O_RDONLY)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    return String(decoding: readBytes(descriptor), as: UTF8.self)
}

/// A pipe, closed with the value.
final class Pipe: Sendable {
    let reader: Int32
    let writer: Int32
    private let isReaderOpen = Atomic(true)

    init() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        (reader, writer) = (ends[0], ends[1])
    }

    func closeReader() {
        if isReaderOpen.exchange(false, ordering: .relaxed) { close(reader) }
    }

    deinit {
        closeReader()
        close(writer)
    }
}

/// A Unix socket of the given type, bound in a folder.
func bindUnixSocket(_ path: String, type: __socket_type) throws -> Int32 {
    let descriptor = socket(AF_UNIX, Int32(type.rawValue), 0)
    try #require(descriptor >= 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let status = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
    try #require(status == 0)
    return descriptor
}
