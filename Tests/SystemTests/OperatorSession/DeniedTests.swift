import Foundation
import Testing

/// The user nobody, with no group but its own and those that are given.
private func nobody(groups: String? = nil) -> [String] {
    ["--reuid=65534", "--regid=65534"] + [groups.map { "--groups=\($0)" } ?? "--clear-groups", "--"]
}

/// Whether ptrctl can be run as nobody here: by root, and from a folder that everybody may enter.
private let canBeNobody: Bool = {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/setpriv")
    process.arguments = nobody() + [Program.products.appending(path: "ptrctl").path, "--version"]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    guard getuid() == 0, (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
}()

@Suite(
    "Who may not", .timeLimit(.minutes(2)),
    .enabled(if: canBeNobody, "needs root, and a build that the user nobody may run"))
struct DeniedTests {
    private let scene: Scene

    init() throws {
        scene = try Scene()
    }

    private func asNobody(_ arguments: [String], groups: String? = nil) async throws -> Outcome {
        let program = Program.products.appending(path: "ptrctl").path
        return try await Program(
            executable: URL(filePath: "/usr/bin/setpriv"),
            nobody(groups: groups) + [program, "--socket", scene.socket] + arguments
        ).outcome
    }

    @Test("connect is told so, with the command that mends it; the exit status is 5")
    func connect() async throws {
        let daemon = try await scene.daemon(scene.configure(port: 1))
        chown(scene.socket, 0, 1)
        chmod(scene.socket, 0o660)
        for arguments in [["status"], ["scale", "2"], ["tap"]] {
            let outcome = try await asNobody(arguments)
            #expect(outcome.status == 5 && outcome.out.isEmpty)
            #expect(outcome.err.contains("you may not connect to \(scene.socket): that is for the group daemon"))
            #expect(outcome.err.contains("sudo usermod -aG daemon $USER"))
        }
        #expect(try await asNobody(["check"]).out.hasPrefix("DENIED - "))
        #expect(try await asNobody(["status"], groups: "1").status == 0)
        // The group was deleted, or never made.
        chown(scene.socket, 0, 54_321)
        let missing = try await asNobody(["status"])
        #expect(missing.status == 5 && missing.err.contains("the group 54321, which does not exist"))
        #expect(missing.err.contains("groupadd"))
        daemon.signal(SIGTERM)
        #expect(await daemon.status == 0)
    }

    @Test("change anything may look all the same: admin_group says who may")
    func change() async throws {
        let path = try scene.configure(port: 1)
        try String(contentsOfFile: path, encoding: .utf8)
            .replacing("[control]\n", with: "[control]\nadmin_group = \"daemon\"\n")
            .write(toFile: path, atomically: true, encoding: .utf8)
        let daemon = try await scene.daemon(path)
        chmod(scene.socket, 0o666)
        #expect(try await asNobody(["status"]).status == 0)
        #expect(try await asNobody(["tree"]).status == 0)
        let refusals = [
            ["scale", "2"], ["pause"], ["resume"], ["drain", "--yes"], ["reload"], ["crash", "worker"],
            ["log-level", "debug"], ["dead-letters", "purge", "--all", "--yes"], ["dead-letters", "replay", "1"],
        ]
        for arguments in refusals {
            let outcome = try await asNobody(arguments)
            #expect(outcome.status == 5 && outcome.out.isEmpty, "\(arguments)")
            #expect(outcome.err.contains("members of the group daemon may change something"))
            #expect(outcome.err.contains("sudo usermod -aG daemon $USER"))
        }
        #expect(try await scene.control.status().scaling.mode == .auto)
        #expect(try await asNobody(["scale", "2"], groups: "1").status == 0)
        #expect(try await asNobody(["scale", "auto"], groups: "1").status == 0)
        let events = try await asNobody(["events", "--kind", "control", "-n", "100"])
        #expect(events.out.contains("uid 65534") && events.out.contains("scale to 2"))
        daemon.signal(SIGTERM)
        #expect(await daemon.status == 0)
    }
}
