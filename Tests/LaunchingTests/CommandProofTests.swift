import Glibc
import TestKit
import Testing

@testable import Launching

@Suite("The proof of a command")
struct CommandProofTests {
    private let folder = TemporaryFolder()

    private func file(_ text: String, mode: mode_t = 0o755, name: String = "worker") -> String {
        write(text, to: "\(folder.path)/\(name)", mode: mode)
        return "\(folder.path)/\(name)"
    }

    @Test("of a program names all that is executed for it")
    func program() {
        let proof = CommandProof(of: ["/usr/bin/python3", "/srv/score.py"])
        #expect(proof.problems.isEmpty)
        #expect(proof.executables.count == 2)
        #expect(proof.executables[0].hasPrefix("/usr/bin/python3."))
        #expect(proof.executables[1].contains("/ld-linux"))
        #expect(proof.execPathsLine == "ExecPaths=-\(proof.executables[0])")
    }

    @Test("of a script names its interpreter as well")
    func script() {
        let proof = CommandProof(of: [file("#! /bin/sh -e\n")])
        #expect(proof.problems.isEmpty)
        #expect(proof.executables.count == 3)
        #expect(proof.executables[1].hasSuffix("/dash") || proof.executables[1].hasSuffix("/bash"))
    }

    @Test(
        "finds what env runs, as the kernel hands it over",
        arguments: ["#!/usr/bin/env python3", "#!/usr/bin/env -S python3 -u"])
    func env(line: String) {
        let proof = CommandProof(of: [file(line + "\n")])
        #expect(proof.problems.isEmpty)
        #expect(proof.executables.contains { $0.hasPrefix("/usr/bin/python3.") })
    }

    @Test(
        "says what is wrong with a file, and what mends it",
        arguments: [
            ("echo hello\n", mode_t(0o755), "begin it with a line such as `#!/bin/sh`"),
            ("", 0o755, "is empty"),
            ("#!/bin/sh\n", 0o644, "is not executable: `chmod +x"),
            ("#!/bin/sh\r\n", 0o755, "ends as on Windows"),
            ("#!python3\n", 0o755, "`#!python3`"),
            ("#!/opt/python9\n", 0o755, "there is no /opt/python9, and is the interpreter of"),
            ("#!/usr/bin/env python9\n", 0o755, "python9, which"),
            ("#!/usr/bin/env python3 -u\n", 0o755, "write `#!/usr/bin/env -S python3 -u`"),
            ("\u{7f}ELF\u{2}", 0o755, "is neither a program nor"),
        ])
    func files(text: String, mode: mode_t, words: String) throws {
        let problems = CommandProof.problems(of: [file(text, mode: mode)])
        #expect(problems.count == 1)
        #expect(try #require(problems.first).contains(words))
    }

    @Test(
        "says what is wrong with a path",
        arguments: [
            ([], "the command is empty"),
            (["python3"], "python3 is no absolute path: no shell looks for it, so name it wholly: /usr/bin/python3"),
            (["/usr/bin"], "/usr/bin is a directory"),
            (["/dev/null"], "/dev/null is no file"),
            (["/opt/nothing"], "there is no /opt/nothing: install it, or name another"),
            (["/home/me/score"], "ProtectHome="),
            (["/usr/bin/env", "-i", "A=1", "nothing9"], "nothing9, which /usr/bin/env runs, is not in PATH"),
            (["/usr/bin/env", "-u", "NAME", "nothing9"], "nothing9, which /usr/bin/env runs, is not in PATH"),
        ])
    func paths(command: [String], words: String) throws {
        let problems = CommandProof.problems(of: command)
        #expect(problems.count == 1)
        #expect(try #require(problems.first).contains(words))
    }

    @Test(
        "names the missing line where a mount forbids execution, as a try does",
        .enabled(if: geteuid() == 0, "only root can mount one"))
    func noexec() async throws {
        try await withLauncher { launcher in
            let mount = try await launcher.start(
                ["/bin/mount", "-t", "tmpfs", "-o", "noexec", "none", folder.path])
            guard await mount.process.exit.cause == .exited(status: 0) else { return }
            let path = file("#!/bin/sh\n")
            let proof = CommandProof(of: [path])
            let error = await #expect(throws: LaunchError.self) { _ = try await launcher.start([path]) }
            _ = await (try launcher.start(["/bin/umount", folder.path])).finished()
            #expect(proof.notExecutableHere == [path])
            #expect(proof.problems.count == 1)
            #expect(
                proof.problems[0].contains(
                    "(noexec); under the packaged unit a drop-in allows it: ExecPaths=-\(path) -"))
            #expect(error?.errno == EACCES)
            #expect(error?.description == proof.problems[0])
        }
    }

    @Test("sees through a loop of scripts")
    func loop() {
        let path = "\(folder.path)/loop"
        let problems = CommandProof.problems(of: [file("#!\(path)\n", name: "loop")])
        #expect(problems.count == 1)
        #expect(problems[0].contains("a script of a script"))
    }

    @Test("reads the file's table of programs for its loader, and survives one that is rubbish")
    func binary() {
        guard case .binary(_, let loader?) = ProgramFile(path: "/bin/cat") else {
            Issue.record("no loader")
            return
        }
        #expect(loader.contains("/ld-linux"))
        var rubbish: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2] + [UInt8](repeating: 0xff, count: 251)
        #expect(
            ProgramFile { offset, count in
                offset < 0 || offset >= rubbish.count ? [] : Array(rubbish[offset...].prefix(count))
            } == .binary(machine: 0xffff, loader: nil))
        rubbish[4] = 1
        #expect(ProgramFile { _, _ in rubbish } == .binary(machine: 0xffff, loader: nil))
    }
}
