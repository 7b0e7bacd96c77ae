import Foundation
import Locking

/// A server that knows no HTTP: it answers what the test says, or never.
final class AnsweringSocket: Sendable {
    private let descriptor: CInt
    /// The port, of one on the loopback interface.
    let port: Int
    private let answers: Locked<[[UInt8]]>
    /// What came over each connection, its beginning.
    let requests = Locked<[String]>([])
    private let held = Locked<[CInt]>([])
    private let isClosed = Locked(false)

    /// Listens at a path.
    ///
    /// - Parameter answers: one for each connection, the last one again and again; an empty one is none. The connections
    ///   stay open.
    convenience init(path: String, answers: [String]) throws {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        try self.init(AF_UNIX, address, answers: answers.map { Array($0.utf8) })
    }

    /// Listens on a free port of the loopback interface.
    convenience init(answers: [String]) throws { try self.init(bytes: answers.map { Array($0.utf8) }) }

    /// The same with answers that are no text.
    convenience init(bytes answers: [[UInt8]]) throws {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        try self.init(AF_INET, address, answers: answers)
    }

    private init<Address>(_ family: CInt, _ address: Address, answers: [[UInt8]]) throws {
        let descriptor = socket(family, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        var address = address
        let length = socklen_t(MemoryLayout<Address>.size)
        let isBound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        guard isBound == 0, listen(descriptor, 16) == 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
        }
        var bound = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        if family == AF_INET {
            _ = withUnsafeMutablePointer(to: &bound) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
            }
        }
        port = Int(UInt16(bigEndian: bound.sin_port))
        self.descriptor = descriptor
        self.answers = Locked(answers)
        let thread = Thread { [self] in
            while true {
                let connection = accept(descriptor, nil, nil)
                guard connection >= 0 else { return }
                held.withLock { $0.append(connection) }
                var bytes = [UInt8](repeating: 0, count: 4096)
                let count = read(connection, &bytes, bytes.count)
                guard count > 0 else { continue }
                requests.withLock { $0.append(String(decoding: bytes.prefix(count), as: UTF8.self)) }
                let answer = self.answers.withLock { $0.count > 1 ? $0.removeFirst() : $0.first ?? [] }
                _ = answer.withUnsafeBytes {
                    send(connection, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
                }
            }
        }
        thread.start()
    }

    /// Closes it and all connections; a second time, when the numbers may be somebody else's, nothing.
    func close() {
        guard
            !isClosed.withLock({ isClosed in
                defer { isClosed = true }; return isClosed
            })
        else { return }
        // It wakes who accepts.
        shutdown(descriptor, CInt(SHUT_RDWR))
        _ = Glibc.close(descriptor)
        for connection in held.withLock({ $0 }) { _ = Glibc.close(connection) }
    }
}
