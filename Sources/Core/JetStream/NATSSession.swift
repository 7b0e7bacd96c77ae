import CNats
import Glibc
import Locking
import NIOCore

/// What goes out.
struct Outgoing: Sendable {
    var subject: String
    var headers: [NATSHeader] = []
    var payload = ByteBuffer()

    /// What the broker counts of it.
    var bytes: Int {
        guard !headers.isEmpty else { return payload.readableBytes }
        return headers.reduce(payload.readableBytes + 12) { $0 + $1.name.utf8.count + $1.value.utf8.count + 4 }
    }

    /// What is wrong with it; nil: nothing that we can see.
    ///
    /// The library checks nothing of this, and a space or a line end would break the protocol for all that follows.
    var fault: NATSError? {
        guard NATSSubject.isValid(subject) else { return .invalid("\"\(subject.prefix(100))\" is no subject") }
        for header in headers where !header.isValid {
            return .invalid("the header \"\(header.name.prefix(100))\" has a character that none may have")
        }
        return nil
    }
}

/// A header of a message.
public struct NATSHeader: Sendable, Hashable {
    /// Its name: printable ASCII without a colon.
    public var name: String
    /// Its value: one line.
    public var value: String

    /// Whether it is as it has to be.
    var isValid: Bool {
        var (name, value) = (name, value)
        return name.withUTF8 { !$0.isEmpty && $0.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x3A } }
            && value.withUTF8 { $0.allSatisfy { $0 != 0 && $0 != 10 && $0 != 13 } }
    }

    /// Makes one.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// One connection of the library's, which finds its way back to the cluster by itself. All its calls may block; so they are made
/// on one queue, one after another, by its owner.
final class NATSSession: Sendable {
    /// The library's connection: its functions lock it themselves. Used on the owner's queue only, where it is destroyed, too.
    private struct Handle: @unchecked Sendable {
        var connection: OpaquePointer
        var subscriptions: [OpaquePointer] = []
        /// Those of others, by their subjects.
        var subjects: [String: OpaquePointer] = [:]
    }

    /// What answers come to, without the number at the end.
    let inbox: String
    private let handle: Locked<Handle?>
    private let number: UInt

    /// Connects to the first of the servers that lets it.
    init(_ settings: NATSSettings, servers: [String], target: any CallbackTarget) throws(NATSError) {
        var options: OpaquePointer?
        try Self.check(natsOptions_Create(&options))
        guard let options else { throw .disconnected("the library has no memory") }
        defer { natsOptions_Destroy(options) }
        let number = Callbacks.register(target)
        var connection: OpaquePointer?
        var reply: OpaquePointer?
        let inbox = Self.newInbox()
        do {
            try Self.set(options, settings, servers, Callbacks.closure(number))
            try Self.check(natsConnection_Connect(&connection, options))
            try Self.check(
                natsConnection_Subscribe(&reply, connection, inbox + "*", Callbacks.message, Callbacks.closure(number)))
            // Its bound is the number of open requests.
            try Self.check(natsSubscription_SetPendingLimits(reply, -1, -1))
        } catch {
            Callbacks.remove(number)
            natsSubscription_Destroy(reply)
            natsConnection_Destroy(connection)
            throw error
        }
        guard let connection, let reply else { throw .disconnected("the library has no memory") }
        self.inbox = inbox
        self.number = number
        handle = Locked(Handle(connection: connection, subscriptions: [reply]))
    }

    static func newInbox() -> String { "_INBOX.ptr\(String(UInt64.random(in: 0 ... .max), radix: 36))." }

    /// The most that a message may have, with its headers.
    var maxPayload: Int { handle.withLock { $0.map { Int(natsConnection_GetMaxPayload($0.connection)) } ?? 0 } }

    /// Whether the library has given it up.
    var isClosed: Bool { pointer.map { natsConnection_IsClosed($0) } ?? true }

    /// The address of the node.
    var url: String? { pointer.flatMap { Self.url(of: $0) } }

    private static func url(of connection: OpaquePointer) -> String? {
        var buffer = [CChar](repeating: 0, count: 512)
        guard natsConnection_GetConnectedUrl(connection, &buffer, buffer.count) == NATS_OK else { return nil }
        return buffer.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } }
    }

    /// The addresses of all nodes that are known.
    var servers: [String] {
        guard let pointer else { return [] }
        var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        var count: Int32 = 0
        guard natsConnection_GetServers(pointer, &names, &count) == NATS_OK, let names else { return [] }
        defer { free(names) }
        return (0..<Int(count)).compactMap { place in
            defer { free(names[place]) }
            return names[place].map { String(cString: $0) }
        }
    }

    /// Sends something, whose answer comes to the inbox under a number. Returns why that was not possible.
    func send(_ outgoing: Outgoing, reply: UInt64?) -> NATSError? {
        guard let pointer else { return .disconnected("it was closed") }
        let address = reply.map { inbox + String($0) }
        let status = Self.send(outgoing, reply: address, over: pointer)
        return status == NATS_OK ? nil : .disconnected(Callbacks.text(of: status))
    }

    /// The same, with an inbox of somebody's own.
    func send(_ outgoing: Outgoing, replyTo address: String) -> NATSError? {
        guard let pointer else { return .disconnected("it was closed") }
        let status = Self.send(outgoing, reply: address, over: pointer)
        return status == NATS_OK ? nil : .disconnected(Callbacks.text(of: status))
    }

    /// Says something of many deliveries; what cannot be sent is forgotten.
    func say(_ text: String, of deliveries: [AckSubject]) {
        guard let pointer else { return }
        var text = text
        text.withUTF8 { bytes in
            for delivery in deliveries {
                delivery.withCString { _ = natsConnection_Publish(pointer, $0, bytes.baseAddress, Int32(bytes.count)) }
            }
        }
    }

    private static func send(_ outgoing: Outgoing, reply: String?, over connection: OpaquePointer) -> natsStatus {
        outgoing.payload.withUnsafeReadableBytes { bytes in
            guard let count = Int32(exactly: bytes.count) else { return NATS_MAX_PAYLOAD }
            let data = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            if outgoing.headers.isEmpty {
                guard let reply else { return natsConnection_Publish(connection, outgoing.subject, data, count) }
                return natsConnection_PublishRequest(connection, outgoing.subject, reply, data, count)
            }
            var message: OpaquePointer?
            var status = natsMsg_Create(&message, outgoing.subject, reply, data, count)
            defer { natsMsg_Destroy(message) }
            for header in outgoing.headers where status == NATS_OK {
                status = natsMsgHeader_Set(message, header.name, header.value)
            }
            return status == NATS_OK ? natsConnection_PublishMsg(connection, message) : status
        }
    }

    /// Has no more of a subject brought.
    func unsubscribe(_ subject: String) {
        let subscription = handle.withLock { handle -> OpaquePointer? in
            guard let subscription = handle?.subjects.removeValue(forKey: subject) else { return nil }
            handle?.subscriptions.removeAll { $0 == subscription }
            return subscription
        }
        if let subscription { natsSubscription_Destroy(subscription) }
    }

    /// Whether a subject is brought.
    func listens(to subject: String) -> Bool { handle.withLock { $0?.subjects[subject] != nil } }

    /// Has messages of a subject brought to a target, until the session is closed.
    ///
    /// - Parameter limits: what may wait in the library; more is dropped. Without, its bound is what was asked for.
    func subscribe(
        to subject: String, target: UInt, limits: (messages: Int32, bytes: Int32) = (-1, -1)
    ) -> NATSError? {
        guard let pointer else { return .disconnected("it was closed") }
        var subscription: OpaquePointer?
        var status = natsConnection_Subscribe(
            &subscription, pointer, subject, Callbacks.message, Callbacks.closure(target))
        if status == NATS_OK {
            status = natsSubscription_SetPendingLimits(subscription, limits.messages, limits.bytes)
        }
        if let subscription {
            handle.withLock { handle in
                handle?.subscriptions.append(subscription)
                handle?.subjects[subject] = subscription
            }
        }
        return status == NATS_OK ? nil : .disconnected(Callbacks.text(of: status))
    }

    /// Has nothing more of a subject brought: what is on its way still comes, and then its target is forgotten.
    func drain(_ subject: String, target: UInt) {
        let subscription = handle.withLock { $0?.subjects.removeValue(forKey: subject) }
        guard let subscription,
            natsSubscription_SetOnCompleteCB(subscription, Callbacks.completed, Callbacks.closure(target)) == NATS_OK,
            natsSubscription_Drain(subscription) == NATS_OK
        else { return Callbacks.remove(target) }
        // Those that were drained before and are over.
        let over = handle.withLock { handle -> [OpaquePointer] in
            let over = handle?.subscriptions.filter { !natsSubscription_IsValid($0) } ?? []
            handle?.subscriptions.removeAll { over.contains($0) }
            return over
        }
        for subscription in over { natsSubscription_Destroy(subscription) }
    }

    /// Ends it; on the queue on which it is used.
    func close() {
        Callbacks.remove(number)
        guard
            let last = handle.withLock({ handle in
                defer { handle = nil }
                return handle
            })
        else { return }
        natsConnection_Close(last.connection)
        for subscription in last.subscriptions { natsSubscription_Destroy(subscription) }
        natsConnection_Destroy(last.connection)
    }

    var pointer: OpaquePointer? { handle.withLock { $0 }?.connection }
}

// MARK: Options

extension NATSSession {
    private static func set(
        _ options: OpaquePointer, _ settings: NATSSettings, _ servers: [String], _ closure: UnsafeMutableRawPointer?
    ) throws(NATSError) {
        let names = servers.map { strdup($0) }
        defer { for name in names { free(name) } }
        var pointers = names.map { UnsafePointer<CChar>($0) }
        // Whom to try first is decided here.
        try check(natsOptions_SetNoRandomize(options, true))
        try check(natsOptions_SetServers(options, &pointers, Int32(clamping: pointers.count)))
        try check(natsOptions_SetName(options, settings.name))
        try check(natsOptions_SetTimeout(options, settings.connectTimeout.milliseconds))
        try check(natsOptions_SetPingInterval(options, settings.pingInterval.milliseconds))
        try check(natsOptions_SetMaxPingsOut(options, 2))
        try check(natsOptions_SetMaxReconnect(options, .max))
        try check(natsOptions_SetReconnectWait(options, 250))
        try check(natsOptions_SetReconnectJitter(options, 250, 500))
        // What was not sent is sent again by who asked for it.
        try check(natsOptions_SetReconnectBufSize(options, 64 << 10))
        try check(natsOptions_SetWriteDeadline(options, 5000))
        // A burst comes in fewer reads; acknowledgements go in fewer writes.
        try check(natsOptions_SetIOBufSize(options, 128 << 10))
        try check(natsOptions_SetDisconnectedCB(options, Callbacks.disconnected, closure))
        try check(natsOptions_SetReconnectedCB(options, Callbacks.reconnected, closure))
        try check(natsOptions_SetClosedCB(options, Callbacks.closed, closure))
        try check(natsOptions_SetErrorHandler(options, Callbacks.error, closure))
        switch settings.identity {
        case .credentials(let path): try check(natsOptions_SetUserCredentialsFromFiles(options, path, nil))
        case .nkey(let path): try check(natsOptions_SetNKeyFromSeed(options, try NKey.publicKey(ofFile: path), path))
        case nil: break
        }
        guard let tls = settings.tls else { return }
        try check(natsOptions_SetSecure(options, true))
        if let path = tls.authorities { try check(natsOptions_LoadCATrustedCertificates(options, path)) }
        if let path = tls.certificate, let key = tls.key {
            try check(natsOptions_LoadCertificatesChain(options, path, key))
        }
    }

    private static func check(_ status: natsStatus) throws(NATSError) {
        guard status != NATS_OK else { return }
        var last = status
        let details = nats_GetLastError(&last).map { String(cString: $0) } ?? ""
        let text = Callbacks.text(of: status)
        throw .disconnected(details.isEmpty || details == text ? text : "\(text): \(details)")
    }
}

extension Duration {
    /// Whole milliseconds, rounded down, at least one.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        guard seconds < Int64.max / 1000 - 1 else { return .max }
        return max(seconds * 1000 + attoseconds / 1_000_000_000_000_000, 1)
    }

    /// Nanoseconds, as JetStream says times.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        guard seconds < Int64.max / 1_000_000_000 - 1 else { return .max }
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
