#if NATS
import Foundation
import Locking

/// A server in the test's process whose events are 1, 2, 3 …, each with its number as id, one every few milliseconds, whoever
/// listens. Who asks with an id gets what came after it, who asks without one all. It knows who asked for what.
final class NumberedFeed: Sendable {
    private struct State {
        var asked: [Int] = []
        var last = 0
        var isEnded = false
    }

    let port: Int
    private let listener: Int32
    private let state = Locked(State())

    init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, length) == 0 && listen(listener, 64) == 0
                    && getsockname(listener, address, &length) == 0
            }
        }
        guard isBound else { throw POSIXError(.EADDRINUSE) }
        self.listener = listener
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread { [self] in while case let connection = accept(listener, nil, nil), connection >= 0 { serve(connection) }
        }
        .start()
        Thread { [self] in
            while !state.withLock(\.isEnded) {
                usleep(5000)
                state.withLock { $0.last += $0.isEnded ? 0 : 1 }
            }
        }.start()
    }

    /// With which ids it was asked; 0: without.
    var asked: [Int] { state.withLock(\.asked) }

    /// How many events there have been.
    var last: Int { state.withLock(\.last) }

    /// No more events come. Returns how many there were; connections stay.
    func end() -> Int {
        state.withLock { state in
            state.isEnded = true
            return state.last
        }
    }

    func close() { shutdown(listener, Int32(SHUT_RDWR)) }

    private func serve(_ connection: Int32) {
        Thread { [self] in
            defer { Foundation.close(connection) }
            var head: [UInt8] = []
            var room = [UInt8](repeating: 0, count: 4096)
            while head.count < 65_536, !String(decoding: head, as: UTF8.self).contains("\r\n\r\n") {
                let count = recv(connection, &room, room.count, 0)
                guard count > 0 else { return }
                head += room[..<count]
            }
            let id = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
                .first { $0.lowercased().hasPrefix("last-event-id:") }?.split(separator: ":").last
                .flatMap { Int($0.trimmingCharacters(in: .whitespaces)) }
            var next = (id ?? 0) + 1
            state.withLock { $0.asked.append(next - 1) }
            var text = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
            while true {
                let last = last
                while next <= last {
                    text += "id: \(next)\ndata: {\"n\":\(next)}\n\n"
                    next += 1
                }
                // A comment now and then finds out who has gone.
                if text.isEmpty { text = ":\n" }
                guard send(connection, text, text.utf8.count, Int32(MSG_NOSIGNAL)) == text.utf8.count else {
                    return
                }
                text = ""
                usleep(10_000)
            }
        }.start()
    }
}
#endif
