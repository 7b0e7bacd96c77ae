public import Glibc
import Synchronization
import Writing

/// Runs `body`, which may block, on a thread of its own.
public func onThread<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
        do {
            try OSThread.start(name: "test") { continuation.resume(returning: body()) }
        } catch {
            fatalError("\(error)")
        }
    }
}

/// A folder that lives as long as the value.
public final class TemporaryFolder: Sendable {
    /// Where it is.
    public let path: String

    /// Makes an empty one.
    public init() {
        var template = Array("/tmp/ptr-test-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
        }
        guard let made else { fatalError("no folder can be made in /tmp") }
        path = made
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
public func readBytes(_ descriptor: Int32, count: Int = .max) -> [UInt8] {
    var result: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while result.count < count {
        let length = read(descriptor, &buffer, min(buffer.count, count - result.count))
        guard length > 0 else { break }
        result.append(contentsOf: buffer[..<length])
    }
    return result
}

/// The text of a file; nil if there is none.
public func readText(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    return String(decoding: readBytes(descriptor), as: UTF8.self)
}

/// The two ends of a pipe, closed with the value.
public final class PipeEnds: Sendable {
    /// What is read from.
    public let reader: Int32
    /// What is written to.
    public let writer: Int32
    private let isReaderOpen = Atomic(true)

    /// Opens both.
    public init() {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { fatalError("no descriptors left") }
        (reader, writer) = (ends[0], ends[1])
    }

    /// Nobody reads any more.
    public func closeReader() {
        if isReaderOpen.exchange(false, ordering: .relaxed) { close(reader) }
    }

    deinit {
        closeReader()
        close(writer)
    }
}

/// A Unix socket of the given type, bound in a folder.
public func bindUnixSocket(_ path: String, type: __socket_type) -> Int32 {
    let descriptor = socket(AF_UNIX, Int32(type.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let status = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
    guard descriptor >= 0, status == 0 else { fatalError("no socket can be bound to \(path)") }
    return descriptor
}
