import AsyncHTTPClient
import EventSource
import Measurement

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

// What an event costs the client from the socket to the parsed batch, over loopback, in processor time of the whole process
// without that of the thread that serves: in a body that is one stream of bytes, and as most servers send it, each event in an
// HTTP chunk of its own.
//
// usage: ReaderCosts [ROUNDS]     (9 by default; the figures are medians)

/// The processor time of the process, in nanoseconds.
func processTime() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

/// Answers one request with a block of bytes, many times, from a thread of its own. Unchecked: what that reads is set before it is started,
/// and what it has taken is read when it has ended.
final class Server: @unchecked Sendable {
    let port: UInt16
    /// What the thread has taken; to be read after ``wait()``.
    private(set) var nanoseconds: Int64 = 0
    private let listener: CInt
    private let head: [UInt8]
    private let block: [UInt8]
    private let count: Int
    private var thread = pthread_t()

    init(head: String, block: [UInt8], count: Int) {
        self.head = Array(head.utf8)
        self.block = block
        self.count = count
        listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 1) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        precondition(isListening, "no socket to listen on")
        port = address.sin_port.bigEndian
        pthread_create(
            &thread, nil,
            { pointer in
                Unmanaged<Server>.fromOpaque(pointer!).takeRetainedValue().serve()
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
    }

    func wait() { pthread_join(thread, nil) }

    private func serve() {
        let connection = accept(listener, nil, nil)
        var request = [UInt8](repeating: 0, count: 8192)
        _ = read(connection, &request, request.count)
        nanoseconds = ThreadClock.measure {
            send(head, to: connection)
            for _ in 0..<count { send(block, to: connection) }
        }
        close(connection)
        close(listener)
    }

    private func send(_ bytes: [UInt8], to connection: CInt) {
        bytes.withUnsafeBytes { bytes in
            var sent = 0
            while sent < bytes.count {
                // A client that has enough hangs up.
                let count = Glibc.send(
                    connection, bytes.baseAddress! + sent, bytes.count - sent, CInt(MSG_NOSIGNAL))
                guard count > 0 else { return }
                sent += count
            }
        }
    }
}

/// Nanoseconds an event.
func round(eventBytes: Int, isChunked: Bool) async throws -> Double {
    let event = "data: " + String(repeating: "x", count: eventBytes - 8) + "\n\n"
    let framed = isChunked ? "\(String(eventBytes, radix: 16))\r\n\(event)\r\n" : event
    let events = (1 << 20) / eventBytes
    let blocks = 128
    let server = Server(
        head: "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
            + (isChunked ? "Transfer-Encoding: chunked\r\n\r\n" : "\r\n"),
        block: Array(String(repeating: framed, count: events).utf8), count: blocks)
    let client = HTTPClient(configuration: .eventStreams)
    let source = EventSource(EventSourceConfiguration(url: "http://127.0.0.1:\(server.port)/"), client: client)
    let before = processTime()
    var received = 0
    for await update in source {
        if case .batch(let batch) = update { received += batch.events.count }
        if received == events * blocks { break }
        if case .waiting(_, let error) = update { fatalError("\(error)") }
    }
    server.wait()
    let after = processTime()
    try await client.shutdown()
    return Double(after - before - server.nanoseconds) / Double(received)
}

let rounds = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 9
for bytes in [100, 809, 2200] {
    var (plain, chunked, ratios) = (Samples(), Samples(), Samples())
    for _ in 0..<rounds {
        let one = try await round(eventBytes: bytes, isChunked: false)
        let many = try await round(eventBytes: bytes, isChunked: true)
        plain.add(one)
        chunked.add(many)
        ratios.add(many / one)
    }
    var row = Row("read, \(bytes) B, ns an event")
    row.add(plain.median)
    row.add(chunked.median)
    row.add(ratios.median, decimals: 2)
    row.print()
}
