import Foundation

/// A peer that is of no use: the first half of a connection, and then nothing for ever.
final class SilentPeer: Sendable {
    enum Kind: Sendable {
        /// It takes questions on port 53 of an address of the loopback interface of its own, and answers none.
        case nameServer(String)
        /// Its queue of connections is full, so the kernel drops each SYN.
        case deafToSYN
        /// The kernel completes connections; nobody accepts them, reads or closes.
        case neverReads
    }

    let port: Int
    private let descriptors: [CInt]

    init(_ kind: Kind) throws {
        var host = "127.0.0.1"
        var (type, number) = (SOCK_STREAM, UInt16(0))
        if case .nameServer(let address) = kind { (host, type, number) = (address, SOCK_DGRAM, 53) }
        let descriptor = socket(AF_INET, CInt(type.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr(host)
        address.sin_port = number.bigEndian
        func with(_ call: (UnsafePointer<sockaddr>, socklen_t) -> CInt) -> CInt {
            withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    call($0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        }
        guard with({ bind(descriptor, $0, $1) }) == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        var held = [descriptor]
        if type == SOCK_STREAM {
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(descriptor, $0, &size) }
            }
            var backlog: CInt = 16
            if case .deafToSYN = kind { backlog = 0 }
            guard listen(descriptor, backlog) == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
            if case .deafToSYN = kind {
                for _ in 0..<4 {
                    let filler = socket(
                        AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
                    _ = with { connect(filler, $0, $1) }
                    held.append(filler)
                }
            }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        descriptors = held
    }

    deinit {
        for descriptor in descriptors { close(descriptor) }
    }
}
