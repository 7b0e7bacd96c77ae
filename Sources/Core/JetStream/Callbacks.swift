import CNats
import Glibc
import Locking

/// Who is called by the library's threads. It hands over and returns.
protocol CallbackTarget: AnyObject, Sendable {
    /// A message came; it is the library's, and gone when this returns.
    func arrived(_ message: borrowing ArrivedMessage)
    /// Something happened to the connection.
    func changed(_ change: ConnectionChange)
}

/// What the library tells of a connection.
enum ConnectionChange: Sendable, Hashable {
    case disconnected(String)
    case reconnected
    case closed(String)
    case error(String)
}

/// The targets, by the numbers that the library has in place of their addresses: what it still says after an end finds nobody.
enum Callbacks {
    private struct Table {
        var targets: [UInt: any CallbackTarget] = [:]
        var last: UInt = 0
    }

    private static let table = Locked(Table())

    static func register(_ target: any CallbackTarget) -> UInt {
        table.withLock { table in
            table.last += 1
            table.targets[table.last] = target
            return table.last
        }
    }

    static func remove(_ number: UInt) { table.withLock { $0.targets[number] = nil } }

    static func target(_ closure: UnsafeMutableRawPointer?) -> (any CallbackTarget)? {
        let number = UInt(bitPattern: closure)
        return table.withLock { $0.targets[number] }
    }

    /// The number as what the library hands back.
    static func closure(_ number: UInt) -> UnsafeMutableRawPointer? { UnsafeMutableRawPointer(bitPattern: number) }

    static let message: natsMsgHandler = { _, _, message, closure in
        guard let message else { return }
        defer { natsMsg_Destroy(message) }
        target(closure)?.arrived(ArrivedMessage(message))
    }

    static let completed: natsOnCompleteCB = { closure in remove(UInt(bitPattern: closure)) }

    static let disconnected: natsConnectionHandler = { connection, closure in
        target(closure)?.changed(.disconnected(lastError(of: connection)))
    }

    static let reconnected: natsConnectionHandler = { _, closure in target(closure)?.changed(.reconnected) }

    static let closed: natsConnectionHandler = { connection, closure in
        target(closure)?.changed(.closed(lastError(of: connection)))
    }

    static let error: natsErrHandler = { connection, _, status, closure in
        target(closure)?.changed(.error(text(of: status)))
    }

    /// What the library calls a status.
    static func text(of status: natsStatus) -> String {
        natsStatus_GetText(status).map { String(cString: $0) } ?? "\(status)"
    }

    private static func lastError(of connection: OpaquePointer?) -> String {
        var text: UnsafePointer<CChar>?
        let status = natsConnection_GetLastError(connection, &text)
        if let text, text.pointee != 0 { return String(cString: text) }
        return status == NATS_OK ? "it went away" : Self.text(of: status)
    }
}

/// A message in the library's hands.
struct ArrivedMessage: ~Copyable {
    private let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) { self.pointer = pointer }

    var subject: UnsafePointer<CChar>? { natsMsg_GetSubject(pointer) }
    var reply: UnsafePointer<CChar>? { natsMsg_GetReply(pointer) }

    var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: natsMsg_GetData(pointer), count: max(Int(natsMsg_GetDataLength(pointer)), 0))
    }

    /// The headers as they came, from `NATS/1.0` to the empty line; nil: it has none, or the library keeps them elsewhere.
    ///
    /// The library makes a table of them, which costs more than all else that it does for a message. It keeps a message in one piece:
    /// subject, reply, headers, payload, a zero behind each; what lies between reply and payload is looked at before it is believed.
    var head: UnsafeRawBufferPointer? {
        guard Self.isInOnePiece, let reply, let data = natsMsg_GetData(pointer) else { return nil }
        let start = reply + strlen(reply) + 1
        let count = data - start - 1
        guard count >= 12, count <= 1 << 20, strncmp(start, "NATS/1.0", 8) == 0,
            strncmp(start + count - 4, "\r\n\r\n", 5) == 0
        else { return nil }
        return UnsafeRawBufferPointer(start: start, count: count)
    }

    /// Whether the library keeps a message as ``head`` needs it.
    private static let isInOnePiece: Bool = {
        var message: OpaquePointer?
        guard natsMsg_Create(&message, "subject", "reply", "data", 4) == NATS_OK, let message else { return false }
        defer { natsMsg_Destroy(message) }
        guard let subject = natsMsg_GetSubject(message), let reply = natsMsg_GetReply(message),
            let data = natsMsg_GetData(message)
        else { return false }
        return reply == subject + 8 && data == reply + 6
    }()

    /// Such headers, made of what the library says of some of them.
    func head(of names: [String]) -> [UInt8] {
        var head = ""
        for name in names {
            if let value = header(name) { head += "\r\n\(name): \(value)" }
        }
        return head.isEmpty ? [] : Array("NATS/1.0\(head)\r\n\r\n".utf8)
    }

    func header(_ name: String) -> String? {
        var value: UnsafePointer<CChar>?
        guard natsMsgHeader_Get(pointer, name, &value) == NATS_OK, let value else { return nil }
        return String(cString: value)
    }

    /// The status that the server says in place of a message: 100, 404, 408, 409, 503; nil: it is a message.
    var status: Int? {
        guard bytes.isEmpty, reply == nil else { return nil }
        return header("Status").flatMap { Int($0) }
    }

    /// The number at the end of the subject: `_INBOX.x.17`.
    func number(after prefix: Int) -> UInt64? {
        guard let subject else { return nil }
        var number: UInt64 = 0
        var index = 0
        while subject[index] != 0 {
            defer { index += 1 }
            guard index >= prefix else { continue }
            let digit = UInt8(bitPattern: subject[index]) &- 0x30
            guard digit < 10 else { return nil }
            let (high, overflow) = number.multipliedReportingOverflow(by: 10)
            guard !overflow else { return nil }
            number = high &+ UInt64(digit)
        }
        return index > prefix ? number : nil
    }
}
