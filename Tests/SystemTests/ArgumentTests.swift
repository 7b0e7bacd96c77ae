import Foundation
import Testing

@Suite("Arguments that were lost", .timeLimit(.minutes(1)))
struct ArgumentTests {
    /// Starts a program with no argument at all, not even its name. Returns its exit status.
    private func status(ofNameless program: String) throws -> Int32 {
        var pid = pid_t()
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
        }
        var none: [UnsafeMutablePointer<CChar>?] = [nil]
        try #require(
            posix_spawn(&pid, Program.products.appending(path: program).path, &actions, nil, &none, environ) == 0)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) == -1, errno == EINTR {}
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : -status
    }

    @Test(
        "start no daemon, and are no success of ptrctl", arguments: [("ptrd", 64), ("ptrctl", 2)] as [(String, Int32)])
    func nameless(_ program: String, _ expected: Int32) throws {
        #expect(try status(ofNameless: program) == expected)
    }

    @Test(
        "are not lost where /proc does not have them", .enabled(if: getuid() == 0, "needs root"),
        arguments: [
            ("ptrd", ["--check-config", "--config", "/nonexistent"], 78), ("ptrctl", ["nosuch"], 2),
            ("ptrctl", ["--socket", "/nonexistent", "check"], 3), ("ptrfeed", ["nosuch"], 64),
        ] as [(String, [String], Int32)])
    func withoutProc(_ program: String, _ arguments: [String], _ expected: Int32) async throws {
        let path = Program.products.appending(path: program).path
        let process = try Program(
            executable: URL(filePath: "/usr/bin/unshare"),
            ["--mount", "sh", "-c", #"mount --bind /dev/null /proc/$$/cmdline && exec "$0" "$@""#, path] + arguments)
        #expect(await process.status == expected)
    }
}
