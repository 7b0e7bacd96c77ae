import ControlAPI
import Foundation
import Glibc
import Logging
import Testing

@testable import ControlServer

/// Runs a server while `body` works with it, then stops it and waits for its end.
func withServer<Result: Sendable>(
    _ listener: ControlListener, plane: any ControlPlane = FakePlane(),
    limits: ControlServerLimits = ControlServerLimits(),
    logger: Logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
    access: CommandAccess = CommandAccess(), socketGroup: UInt32? = nil,
    _ body: @Sendable () async throws -> Result
) async throws -> Result {
    let server = ControlServer(
        listener: listener, plane: plane, logger: logger, access: access, socketGroup: socketGroup, limits: limits)
    let (listening, signal) = AsyncStream<Void>.makeStream()
    let running = Task {
        defer { signal.finish() }
        try await server.run { signal.yield() }
    }
    var iterator = listening.makeAsyncIterator()
    guard await iterator.next() != nil else {
        // It ended before it listened: its error says why.
        try await running.value
        throw CancellationError()
    }
    let result: Swift.Result<Result, any Error>
    do {
        result = .success(try await body())
    } catch {
        result = .failure(error)
    }
    running.cancel()
    try await running.value
    return try result.get()
}

/// A folder for a socket, which goes when the test is over.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("ptr-\(UUID().uuidString.prefix(8))").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    var socket: String { path + "/ptrd.sock" }

    /// The names of what is in the folder, sorted.
    var contents: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
    }
}

/// A Unix socket of the tests' own, blocking.
enum RawSocket {
    /// Binds, and listens if asked to; the caller closes it.
    static func bound(to path: String, listening: Bool) -> CInt {
        let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        #expect(withAddress(path) { bind(descriptor, $0, $1) } == 0)
        if listening { #expect(listen(descriptor, 8) == 0) }
        return descriptor
    }

    static func connected(to path: String) -> CInt? {
        let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        guard withAddress(path, { connect(descriptor, $0, $1) }) == 0 else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    /// Sends the bytes and reads until the other end closes, on a thread of its own, because it waits.
    static func exchange(_ request: String, over path: String) async -> String {
        await onThread {
            guard let descriptor = connected(to: path) else { return "cannot connect" }
            defer { close(descriptor) }
            // MSG_NOSIGNAL: the server may have had enough of us already.
            _ = request.withCString { Glibc.send(descriptor, $0, request.utf8.count, CInt(MSG_NOSIGNAL)) }
            return readAll(descriptor)
        }
    }

    /// Reads until a text has come, on a thread of its own; what came, also if the other end closes before.
    static func read(_ descriptor: CInt, until text: String) async -> String {
        await onThread {
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 4096)
            while !String(decoding: bytes, as: UTF8.self).contains(text) {
                let count = Glibc.read(descriptor, &buffer, buffer.count)
                guard count > 0 else { break }
                bytes += buffer.prefix(count)
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    /// Sends bytes on a thread of its own; how many the other end took before it had enough.
    static func send(_ bytes: [UInt8], to descriptor: CInt) async -> Int {
        await onThread {
            var sent = 0
            while sent < bytes.count {
                let count = bytes[sent...].withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
                }
                guard count > 0 else { break }
                sent += count
            }
            return sent
        }
    }

    static func readAll(_ descriptor: CInt) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += buffer.prefix(count)
        }
    }

    static func onThread<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
        await withCheckedContinuation { continuation in
            Thread { continuation.resume(returning: body()) }.start()
        }
    }

    private static func withAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt) -> CInt {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
    }
}
