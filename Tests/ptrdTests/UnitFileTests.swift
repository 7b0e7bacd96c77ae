import Foundation
import StreamSettings
import Testing

@testable import ptrd

@Suite("The files of a unit")
struct UnitFileTests {
    /// A folder of folders of units, gone at the end.
    private final class Folders {
        let root = FileManager.default.temporaryDirectory.appending(path: "units-\(UUID())")
        var paths: [String] { ["etc", "run", "usr"].map { root.appending(path: $0).path } }

        func write(_ path: String, _ text: String) throws {
            let file = root.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: true, encoding: .utf8)
        }

        deinit { try? FileManager.default.removeItem(at: root) }
    }

    @Test("are the first of its name, and every drop-in in the order of the names, of one name the first")
    func layers() throws {
        let folders = Folders()
        try folders.write("usr/x.service", "[Service]\nUser=far\nExecPaths=/a\n")
        try folders.write("run/x.service", "[Service]\nUser=near\nExecPaths=/b /c\n")
        try folders.write("usr/x.service.d/10-a.conf", "[Service]\nExecPaths=/hidden\n")
        try folders.write("etc/x.service.d/10-a.conf", "[Service]\nExecPaths=/d\n")
        try folders.write("usr/service.d/50-all.conf", "[Service]\nProtectHome=yes\n")
        try folders.write("run/x.service.d/05-z.conf", "[Service]\nExecPaths=\nExecPaths=\"/e\" -/f\n")
        try folders.write("run/x.service.d/90-other.txt", "[Service]\nUser=nobody\n")
        let unit = try #require(UnitFile(named: "x.service", in: folders.paths))
        #expect(unit.value(of: "User") == "near" && unit.isOn("ProtectHome"))
        #expect(unit.words(of: "ExecPaths") == ["/e", "-/f", "/d"])
        #expect(UnitFile(named: "y.service", in: folders.paths) == nil)
    }

    @Test("are none where the unit is masked")
    func masked() throws {
        let folders = Folders()
        try folders.write("usr/x.service", "[Service]\nUser=far\n")
        try FileManager.default.createDirectory(atPath: folders.paths[0], withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: folders.paths[0] + "/x.service", withDestinationPath: "/dev/null")
        #expect(UnitFile(named: "x.service", in: folders.paths) == nil)
    }

    @Test("may hold comments, blanks, sections of others, and lines that go on")
    func syntax() {
        let unit = UnitFile(
            named: "x.service",
            text: """
                [Unit]
                ExecPaths=/wrong
                [Service]
                # ExecPaths=/comment
                ; ExecPaths=/comment
                ExecPaths = /a \\
                # in between
                  /b\t/c
                User=
                MemoryDenyWriteExecute=Yes
                no assignment
                [Install]
                ExecPaths=/wrong
                """)
        #expect(unit.words(of: "ExecPaths") == ["/a", "/b", "/c"])
        #expect(unit.value(of: "User") == nil && unit.isOn("MemoryDenyWriteExecute") && !unit.isOn("PrivateTmp"))
    }
}

@Suite("The sandbox of a unit")
struct UnitSandboxTests {
    private func sandbox(_ text: String) -> UnitSandbox {
        UnitSandbox(UnitFile(named: "x.service", text: "[Service]\n" + text)) { $0 == "/lib" ? "/usr/lib" : $0 }
    }

    @Test("lets execute what the nearest folder lets")
    func execution() {
        let unit = sandbox(
            "NoExecPaths=/ /opt/a/no\nExecPaths=-/usr/bin/python3 /lib +/opt/a/ /usr/lib/x\nNoExecPaths=-/usr/lib/x")
        let files = [
            "/usr/bin/python3", "/usr/bin/python3.11", "/usr/lib/ld.so", "/usr/library", "/opt/a/b", "/opt/a/no/b",
            "/usr/lib/x/y", "/srv/s",
        ]
        #expect(
            unit.notExecutable(files) == [
                "/usr/bin/python3.11", "/usr/library", "/opt/a/no/b", "/usr/lib/x/y", "/srv/s",
            ])
        #expect(sandbox("ExecPaths=/a").notExecutable(["/b"]) == [])
        #expect(sandbox("NoExecPaths=/\nNoExecPaths=").notExecutable(["/b"]) == [])
    }

    @Test(
        "forbids programs that make code while they run",
        arguments: [
            ("/usr/bin/node", true), ("/opt/node20", true), ("/usr/bin/nodejs", true),
            ("/usr/bin/java", true), ("/usr/bin/javac2html", false), ("/usr/bin/python3.11", false),
            ("/usr/bin/nodelist", false),
        ])
    func code(program: String, isForbidden: Bool) {
        #expect(sandbox("MemoryDenyWriteExecute=yes").forbidsCode(of: ["/bin/sh", program]) == isForbidden)
        #expect(!sandbox("MemoryDenyWriteExecute=yes\nMemoryDenyWriteExecute=no").forbidsCode(of: [program]))
    }

    @Test("hides the homes of users and what is temporary, but what is bound there")
    func hidden() {
        let files = ["/home/ada/s.py", "/homes/s.py", "/root/s.py", "/tmp/s.py", "/srv/s.py"]
        let unit = sandbox("ProtectHome=yes\nPrivateTmp=yes\nBindReadOnlyPaths=-/srv/x:/root/s.py")
        #expect(unit.hidden(files).map(\.file) == ["/home/ada/s.py", "/tmp/s.py"])
        #expect(sandbox("ProtectHome=read-only").hidden(files).isEmpty)
        #expect(sandbox("ProtectHome=tmpfs").hidden(files).map(\.file) == ["/home/ada/s.py", "/root/s.py"])
    }

    @Test("is that of the unit that starts ptrd with the configuration in question")
    func configuration() {
        func starts(_ line: String, _ path: String) -> Bool {
            sandbox(line).starts(with: path, byDefault: "/etc/p.toml")
        }
        #expect(starts("ExecStart=/usr/bin/ptrd", "/etc/p.toml") && !starts("ExecStart=/usr/bin/ptrd", "/x.toml"))
        #expect(starts("ExecStart=/usr/bin/ptrd --config /x.toml", "/x.toml"))
        #expect(starts("ExecStart=/a\nExecStart=\nExecStart=/usr/bin/ptrd --config=/x.toml", "/x.toml"))
        #expect(!starts("ExecStart=/usr/bin/ptrd --config /x.toml", "/etc/p.toml"))
        #expect(!starts("Type=notify", "/etc/p.toml"))
    }
}
