import Glibc
import Launching
import TestKit
import Testing

/// A file of a folder, with its mode.
func write(_ text: String, to path: String, mode: mode_t = 0o755) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode)
    defer { close(descriptor) }
    fchmod(descriptor, mode)
    var text = text
    text.withUTF8 { _ = Glibc.write(descriptor, $0.baseAddress, $0.count) }
}

@Suite("What cannot be started says why", .timeLimit(.minutes(1)))
struct LaunchErrorTests {
    private func failure(
        of command: [String] = ["/bin/true"], change: (inout LaunchSpecification) -> Void = { _ in }
    ) async throws -> LaunchError {
        var error: LaunchError?
        try await withLauncher { launcher in
            error = await #expect(throws: LaunchError.self) {
                _ = try await launcher.start(command, change: change)
            }
            #expect(launcher.count == 0)
        }
        return try #require(error)
    }

    @Test("a program that is not there")
    func absent() async throws {
        let error = try await failure(of: ["/opt/score"])
        #expect(error.step == .execute)
        #expect(error.errno == ENOENT)
        #expect(error.description == "there is no /opt/score: install it, or name another")
    }

    @Test("a script whose interpreter is not there, which the kernel reports in the same way")
    func interpreter() async throws {
        let folder = TemporaryFolder()
        write("#!/opt/python9\n", to: "\(folder.path)/score")
        let error = try await failure(of: ["\(folder.path)/score"])
        #expect(error.step == .execute)
        #expect(
            error.description
                == "there is no /opt/python9, and is the interpreter of \(folder.path)/score: install it, or name another"
        )
    }

    @Test("a script without `#!`")
    func noInterpreter() async throws {
        let folder = TemporaryFolder()
        write("echo hello\n", to: "\(folder.path)/score")
        let error = try await failure(of: ["\(folder.path)/score"])
        #expect(error.errno == ENOEXEC)
        #expect(error.description.contains("begins with `#!`"))
    }

    @Test("a working directory that is not there")
    func directory() async throws {
        let error = try await failure { $0.workingDirectory = "/nowhere" }
        #expect(error.step == .workingDirectory)
        #expect(error.description.contains("/nowhere: No such file or directory; make that directory"))
    }

    @Test("a cgroup that is not there")
    func cgroup() async throws {
        let error = try await failure { $0.cgroup = "/sys/fs/cgroup/nowhere" }
        #expect(error.step == .cgroup)
        #expect(error.description.contains("Delegate="))
    }

    @Test("a limit above our own")
    func limit() async throws {
        // Root may raise them; so the number must be one that nobody may have.
        let error = try await failure { $0.limits.openFiles = 1 << 40 }
        #expect(error.step == .limit(.openFiles))
        #expect(error.description.hasPrefix("limits.open_files = 1099511627776"))
        #expect(error.description.contains("LimitNOFILE="))
    }

    @Test("no more descriptors; and none is lost over that")
    func descriptors() async throws {
        try await withLauncher { launcher in
            var before = rlimit()
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &before)
            // Room for some of its pipes.
            let next = dup(0)
            close(next)
            var low = before
            low.rlim_cur = rlim_t(next + 3)
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &low)
            let error = await #expect(throws: LaunchError.self) { _ = try await launcher.start(["/bin/true"]) }
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &before)
            #expect(error?.step == .pipes)
            #expect(error?.isShortage == true)
            let again = dup(0)
            close(again)
            #expect(again == next)
        }
    }

    @Test("what makes no sense", arguments: [[], ["true"], ["/bin/true", "a\0b"]])
    func specification(command: [String]) async throws {
        #expect(try await failure(of: command).step == .specification)
    }

    @Test("a name with an equals sign, which would set another variable")
    func variable() async throws {
        #expect(try await failure { $0.environment = ["A=B": ""] }.step == .specification)
    }

    @Test("anything, when the launcher is closed")
    func closed() async throws {
        let launcher = try Launcher()
        #expect(await launcher.close(within: .seconds(10)))
        await #expect(throws: LaunchError.self) { _ = try await launcher.start(["/bin/true"]) }
    }
}
