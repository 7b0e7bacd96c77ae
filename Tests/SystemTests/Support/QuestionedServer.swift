import Foundation
import Locking

/// A server that writes down what it is asked, and answers what the test says. Each request has a connection of its own.
final class QuestionedServer: Sendable {
    struct Request: Sendable {
        /// All of it, as it came.
        let text: String
        /// How many there were for this path before it.
        let number: Int

        var method: String { String(text.prefix { $0 != " " }) }
        /// Up to the query.
        var path: String { String(text.split(separator: " ")[1].prefix { $0 != "?" }) }
        var body: String { text.range(of: "\r\n\r\n").map { String(text[$0.upperBound...]) } ?? "" }

        subscript(header name: String) -> String? {
            let head = text.components(separatedBy: "\r\n\r\n")[0].components(separatedBy: "\r\n").dropFirst()
            let line = head.first { $0.lowercased().hasPrefix(name.lowercased() + ": ") }
            return line.map { String($0.dropFirst(name.count + 2)) }
        }
    }

    enum Answer: Sendable {
        /// The connection ends with it.
        case all(String)
        /// More may come.
        case beginning(String)
    }

    private let listener: CInt
    /// The port, of one on the loopback interface.
    let port: Int
    private let asked = Locked<[Request]>([])
    private let held = Locked<[CInt]>([])
    private let answer: @Sendable (Request) -> Answer

    /// Listens.
    ///
    /// - Parameter path: that of a Unix socket; nil: on a free port of the loopback interface.
    init(path: String? = nil, answer: @escaping @Sendable (Request) -> Answer) throws {
        self.answer = answer
        let kind = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        let listener = socket(path == nil ? AF_INET : AF_UNIX, kind, 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var place = sockaddr_un()
        place.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &place.sun_path) { $0.copyBytes(from: (path ?? "").utf8.prefix($0.count - 1)) }
        let isBound = path == nil ? Self.bind(listener, &address) : Self.bind(listener, &place)
        guard isBound, listen(listener, 16) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        if path == nil {
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            _ = withUnsafeMutablePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener, $0, &size) }
            }
        }
        self.listener = listener
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread { [self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                held.withLock { $0.append(connection) }
                Thread { self.serve(connection) }.start()
            }
        }.start()
    }

    private static func bind<Address>(_ socket: CInt, _ address: inout Address) -> Bool {
        withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(socket, $0, socklen_t(MemoryLayout<Address>.size)) == 0
            }
        }
    }

    /// What was asked so far.
    var requests: [Request] { asked.withLock(\.self) }

    private func serve(_ connection: CInt) {
        guard let text = Self.read(connection) else { return }
        let request = asked.withLock { asked in
            let path = Request(text: text, number: 0).path
            let request = Request(text: text, number: asked.filter { $0.path == path }.count)
            asked.append(request)
            return request
        }
        let (bytes, isAll) =
            switch answer(request) {
            case .all(let text): (Array(text.utf8), true)
            case .beginning(let text): (Array(text.utf8), false)
            }
        _ = bytes.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
        if isAll { shutdown(connection, CInt(SHUT_WR)) }
    }

    /// A request with its body; nil where the peer goes before its end.
    private static func read(_ connection: CInt) -> String? {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let text = String(decoding: bytes, as: UTF8.self)
            if let end = text.range(of: "\r\n\r\n") {
                let length = text.firstMatch(of: /(?i)\r\ncontent-length: (\d+)/).flatMap { Int($0.1) } ?? 0
                if text[end.upperBound...].utf8.count >= length { return text }
            }
            let count = Glibc.read(connection, &chunk, chunk.count)
            guard count > 0 else { return nil }
            bytes += chunk[..<count]
        }
    }

    /// Closes it and all connections.
    func close() {
        // It wakes who accepts.
        shutdown(listener, CInt(SHUT_RDWR))
        _ = Glibc.close(listener)
        for connection in held.withLock(\.self) {
            shutdown(connection, CInt(SHUT_RDWR))
            _ = Glibc.close(connection)
        }
    }
}
