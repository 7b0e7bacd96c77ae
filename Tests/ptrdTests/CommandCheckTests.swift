import Foundation
import PtrConfiguration
import StreamSettings
import Testing

@testable import ptrd

@Suite("Before a start it is said of a command")
struct CommandCheckTests {
    private static let packaged = """
        [Service]
        User=ptrd
        NoExecPaths=/
        ExecPaths=/usr/bin/ptrd /usr/lib
        MemoryDenyWriteExecute=yes
        ProtectHome=yes
        PrivateTmp=yes
        """

    private let folder = FileManager.default.temporaryDirectory.appending(path: "command-\(UUID())")

    private func file(_ name: String, _ text: String, mode: Int = 0o755) throws -> String {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appending(path: name)
        try text.write(to: file, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
        return file.path
    }

    private func problems(
        _ command: [String], folder: String = "/", unit: String? = CommandCheckTests.packaged,
        access: FileAccess? = FileAccess(user: 65534, groups: [65534])
    ) throws -> [String] {
        var configuration = Configuration()
        configuration.handler.kind = .exec
        configuration.handler.exec.command = command
        configuration.handler.exec.workingDirectory = folder
        let settings = try #require(configuration.execSettings)
        let sandbox = unit.map { UnitSandbox(UnitFile(named: "ptrd.service", text: $0)) }
        return CommandCheck(settings, stateDirectory: "/var/lib/ptrd", unit: sandbox) { _ in access }.problems
    }

    @Test("which lines the unit lacks, to be pasted; with them it is right")
    func lines() throws {
        let shell = try #require(UnitSandbox.realPath("/bin/sh"))
        #expect(
            try problems(["/bin/sh", "-c", ":"]) == [
                """
                ptrd.service does not let ptrd execute \(shell): `systemctl edit ptrd.service`, paste the lines below, and \
                `systemctl restart ptrd.service`
                [Service]
                ExecPaths=-\(shell)
                """
            ])
        #expect(try problems(["/bin/sh", "-c", ":"], unit: Self.packaged + "\nExecPaths=-\(shell)") == [])
        #expect(try problems(["/bin/sh", "-c", ":"], unit: nil) == [])
    }

    @Test("that its interpreter has to be executed, too, and may have to make code")
    func scripts() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        // Not what is in /tmp, which the unit hides; the file stands for one elsewhere.
        let unit = Self.packaged.replacing("PrivateTmp=yes", with: "")
        let node = try file("node", "#!/bin/sh\n")
        let real = try #require(UnitSandbox.realPath(node))
        let shell = try #require(UnitSandbox.realPath("/bin/sh"))
        let found = try problems([node], unit: unit)
        #expect(found.count == 1)
        #expect(found.first?.hasSuffix("[Service]\nExecPaths=-\(real) -\(shell)\nMemoryDenyWriteExecute=no") == true)
        #expect(
            try problems([node], unit: unit + "\nExecPaths=-\(real) -\(shell)\nMemoryDenyWriteExecute=no") == [])
    }

    @Test("that it is not there, or a folder; without a unit, too")
    func missing() throws {
        for unit in [Self.packaged, nil] {
            #expect(
                try problems(["/nowhere/to/be/found"], unit: unit).first?.contains("there is no /nowhere/to/be/found")
                    == true)
            #expect(try problems(["/usr"], unit: unit).first?.contains("/usr is a directory") == true)
        }
        #expect(
            try problems(["/bin/sh"], folder: "/nowhere", unit: nil) == [
                "there is no folder /nowhere: make it, or set another handler.exec.working_directory"
            ])
        // ptrd makes it, and systemd the one it is in.
        #expect(try problems(["/bin/sh"], folder: "/var/lib/ptrd/workers", unit: nil) == [])
    }

    @Test("which of its files the unit hides, or its user may not read")
    func reach() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let shell = "\nExecPaths=-\(try #require(UnitSandbox.realPath("/bin/sh")))"
        let script = try file("s.sh", ":\n", mode: 0o600)
        let hidden = try problems(["/bin/sh", script], unit: Self.packaged + shell)
        #expect(hidden.count == 1)
        #expect(hidden.first?.contains("\(script): ptrd.service has folders of its own there (PrivateTmp=)") == true)
        let open = Self.packaged.replacing("PrivateTmp=yes", with: "") + shell
        #expect(
            try problems(["/bin/sh", script], unit: open) == [
                "the user ptrd may not read \(script): `chmod a+r \(script)`"
            ])
        #expect(try problems(["/bin/sh", script], unit: open, access: FileAccess(user: getuid(), groups: [])) == [])
        #expect(try problems(["/bin/sh", script], unit: open, access: nil) == [])
    }

    @Test("which folder above it is closed to the user")
    func closedFolder() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let script = try file("s.sh", ":\n")
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder.path)
        let stranger = FileAccess(user: 65534, groups: [65534])
        #expect(stranger.obstacle(to: script, R_OK) == FileAccess.Obstacle(path: folder.path, needed: "x"))
        #expect(FileAccess(user: 0, groups: []).obstacle(to: script, X_OK) == nil)
        #expect(
            stranger.obstacle(to: folder.path + "/none", R_OK) == FileAccess.Obstacle(path: folder.path, needed: "x"))
        try FileManager.default.setAttributes([.posixPermissions: 0o750], ofItemAtPath: folder.path)
        #expect(FileAccess(user: 65534, groups: [getgid()]).obstacle(to: script, X_OK) == nil)
        #expect(FileAccess(ofUser: "no such user") == nil)
        #expect(FileAccess(ofUser: "root")?.user == 0)
    }
}
