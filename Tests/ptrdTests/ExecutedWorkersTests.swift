import Foundation
import Testing

@testable import ptrd

@Suite("What workers may not read")
struct ExecutedWorkersTests {
    private let state = FileManager.default.temporaryDirectory.appending(path: "state-\(UUID())")

    private func denied(
        workingIn folder: String, credentials: String? = "/run/credentials/x", open: Set<String> = []
    ) -> [String] {
        ExecutedWorkers.denied(state.path, workingIn: folder, credentials: credentials) { open.contains($0) }.sorted()
    }

    @Test("is the credentials, and the state but for where they work")
    func places() throws {
        defer { try? FileManager.default.removeItem(at: state) }
        for name in ["ptrd.sqlite", "ptrd.lock", "workers", "workers-of-old"] {
            try FileManager.default.createDirectory(at: state.appending(path: name), withIntermediateDirectories: true)
        }
        let others = ["ptrd.lock", "ptrd.sqlite", "workers-of-old"].map { "\(state.path)/\($0)" }
        #expect(denied(workingIn: "\(state.path)/workers") == ["/run/credentials/x"] + others)
        #expect(denied(workingIn: "\(state.path)/workers/a", credentials: nil) == others)
        #expect(denied(workingIn: "/srv") == ["/run/credentials/x", state.path])
        #expect(denied(workingIn: state.path) == ["/run/credentials/x"])
    }

    @Test("does not cost them the folders above it, where something can be made in those")
    func cost() {
        let above = state.deletingLastPathComponent().path
        #expect(denied(workingIn: "/srv", open: [above]) == ["/run/credentials/x"])
        #expect(denied(workingIn: "/srv", open: ["/run"]) == [state.path])
        #expect(denied(workingIn: "/srv", open: ["/"]) == [])
        // The state's own folder is ptrd's, and none of theirs.
        #expect(denied(workingIn: "/srv", open: [state.path]) == ["/run/credentials/x", state.path])
    }
}
