import ControlAPI
import FoundationEssentials
import NIOCore
import Testing

@testable import ControlClient

/// What the client makes of a daemon that is not there or not itself. Against the real server it is tested with the
/// server.
@Suite("The client")
struct ClientTests {
    @Test("says that the daemon is not running when there is no socket")
    func noSocket() async {
        let path = "/nonexistent-\(UUID().uuidString)/ptrd.sock"
        await #expect(throws: ControlClientError.notRunning(socket: path, socketExists: false)) {
            try await ControlClient(socket: path, timeout: .seconds(60)).status()
        }
    }

    @Test("says that nobody listens when the socket is left over")
    func staleSocket() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/ptrd.sock"
        #expect(FileManager.default.createFile(atPath: path, contents: nil))
        // To connect to a plain file is refused just as a socket without its listener is.
        await #expect(throws: ControlClientError.notRunning(socket: path, socketExists: true)) {
            try await ControlClient(socket: path, timeout: .seconds(60)).status()
        }
    }

    @Test(
        "does not try a path that no socket can have", arguments: ["", String(repeating: "x", count: 108), "a\u{0}b"])
    func unusablePath(path: String) async {
        let error = await #expect(throws: ControlClientError.self) {
            try await ControlClient(socket: path, timeout: .seconds(60)).status()
        }
        guard case .unusablePath(path, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("can be pointed at any path, whatever a URL thinks of its characters")
    func oddPath() {
        #expect(
            URLOverSocket.make(socket: "/tmp/a b%/ü:1?#", path: "/v1/status")
                == "http+unix://%2Ftmp%2Fa%20b%25%2F%C3%BC%3A1%3F%23/v1/status")
    }
}

/// A folder that goes when the test is over.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("ptr-\(UUID().uuidString.prefix(8))").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}
