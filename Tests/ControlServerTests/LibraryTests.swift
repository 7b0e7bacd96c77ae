// Not @testable: what other programs have.
import ControlAPI
import ControlClient
import Testing

@Suite("The library ControlAPI")
struct LibraryTests {
    /// The example of docs/control-api.md.
    private func makeRoom(_ socket: String) async -> String {
        let daemon = ControlClient(socket: socket)
        do throws(ControlClientError) {
            let status = try await daemon.status()
            guard status.messages.inFlight > 1000 else { return "\(status.messages.inFlight) in flight, nothing to do" }
            let answer = try await daemon.scale(.target(status.scaling.max))
            return "pinned to \(answer.target)"
        } catch .notRunning {
            return "ptrd is not running"
        } catch {
            return "\(error)"
        }
    }

    @Test("is enough for a program of one's own, as in the documentation")
    func example() async throws {
        let folder = try TemporaryFolder()
        #expect(await makeRoom(folder.socket) == "ptrd is not running")
        let inFlight = try await withServer(.path(folder.socket)) { await makeRoom(folder.socket) }
        #expect(inFlight == "\(FakePlane.status.messages.inFlight) in flight, nothing to do")
    }
}
