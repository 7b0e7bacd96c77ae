import ControlAPI
import ControlClient
import ControlServer
import Foundation
import Glibc
import Testing

/// Clients that stall or flood. What they cost is measured on this whole process, clients and all, so the bound is
/// generous; what they would cost without limits is far beyond it.
@Suite("A flood", .serialized)
struct FloodTests {
    private static let connections = 1000
    private static let mostGrowth = 128 << 20

    @Test("of idle connections, half-written requests, endless bodies and garbage costs little and stops nobody")
    func flood() async throws {
        try Self.raiseDescriptorLimit()
        let folder = try TemporaryFolder()
        var limits = ControlServerLimits(connections: Self.connections + 200)
        limits.connectionsPerUser = limits.connections
        try await withServer(.path(folder.socket), limits: limits) {
            let client = ControlClient(socket: folder.socket, timeout: .seconds(60))
            _ = try await client.status()
            let before = try Self.residentBytes()

            var open: [CInt] = []
            defer { for descriptor in open { close(descriptor) } }
            for number in 0..<Self.connections {
                let descriptor = try #require(RawSocket.connected(to: folder.socket))
                open.append(descriptor)
                guard number.isMultiple(of: 4) else { continue }
                // A quarter has begun a request.
                let half = "POST /v1/scale HTTP/1.1\r\nHost: ptrd\r\nContent-Length: 60000\r\n\r\n{"
                _ = half.withCString { send(descriptor, $0, half.utf8.count, CInt(MSG_NOSIGNAL)) }
            }
            for _ in 0..<20 { #expect(try await client.status() == FakePlane.status) }

            await withTaskGroup { group in
                for number in 0..<4 {
                    group.addTask { await Self.endlessBody(folder.socket, isChunked: number.isMultiple(of: 2)) }
                    group.addTask { await Self.garbage(folder.socket) }
                }
            }
            for _ in 0..<20 { #expect(try await client.status() == FakePlane.status) }
            #expect(try Self.residentBytes() - before < Self.mostGrowth)
        }
    }

    /// 100 MB, or as much of them as the server bears.
    private static func endlessBody(_ socket: String, isChunked: Bool) async {
        guard let descriptor = RawSocket.connected(to: socket) else { return }
        defer { close(descriptor) }
        let head =
            "POST /v1/scale HTTP/1.1\r\nHost: ptrd\r\n"
            + (isChunked ? "Transfer-Encoding: chunked\r\n\r\n" : "Content-Length: 104857600\r\n\r\n")
        _ = await RawSocket.send(Array(head.utf8), to: descriptor)
        let piece = [UInt8](repeating: UInt8(ascii: " "), count: 1 << 20)
        let chunk = Array("100000\r\n".utf8) + piece + Array("\r\n".utf8)
        for _ in 0..<100 where await RawSocket.send(isChunked ? chunk : piece, to: descriptor) < piece.count { break }
        let answer = await RawSocket.onThread { RawSocket.readAll(descriptor) }
        #expect(answer.hasPrefix("HTTP/1.1 413 "))
    }

    private static func garbage(_ socket: String) async {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<20 {
            guard let descriptor = RawSocket.connected(to: socket) else { continue }
            let bytes = (0..<2000).map { _ in UInt8.random(in: 0...255, using: &random) }
            _ = await RawSocket.send(bytes, to: descriptor)
            shutdown(descriptor, CInt(SHUT_WR))
            #expect(!(await RawSocket.onThread { RawSocket.readAll(descriptor) }).contains("200 OK"))
            close(descriptor)
        }
    }

    private static func residentBytes() throws -> Int {
        let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return try #require(Int(fields[1])) * Int(sysconf(CInt(_SC_PAGESIZE)))
    }

    /// Both ends of each connection are in this process.
    private static func raiseDescriptorLimit() throws {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        try #require(getrlimit(resource, &limit) == 0)
        limit.rlim_cur = min(limit.rlim_max, max(limit.rlim_cur, 8192))
        try #require(setrlimit(resource, &limit) == 0 && limit.rlim_cur >= 4096)
    }
}
