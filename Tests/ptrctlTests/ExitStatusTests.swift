import ControlAPI
import Testing

@testable import ptrctl

@Suite("ptrctl ends with")
struct ExitStatusTests {
    @Test("0 when the daemon is healthy, whatever it is doing", arguments: [Status.State.running, .paused, .draining])
    func healthy(state: Status.State) async throws {
        try await withDaemon(FixedPlane(answer: .example(state: state))) { socket in
            #expect(await ptrctl(["status", "--socket", socket]).status == 0)
        }
    }

    @Test("1 when the daemon is degraded, with and without --json")
    func degraded() async throws {
        try await withDaemon(FixedPlane(answer: .example(state: .degraded))) { socket in
            #expect(await ptrctl(["status", "--socket", socket]).status == 1)
            #expect(await ptrctl(["status", "--socket", socket, "--json"]).status == 1)
        }
    }

    @Test(
        "2 on wrong usage, with the usage on standard error",
        arguments: [
            ["fly"], ["scale"], ["scale", "many"], ["scale", "5.5"], ["crash"], ["crash", "kernel"],
            ["status", "--jsno"],
            ["status", "extra"], ["--socket"],
        ])
    func usage(arguments: [String]) async {
        let outcome = await ptrctl(arguments)
        #expect(outcome.status == 2)
        #expect(outcome.out.isEmpty)
        #expect(outcome.err.contains("Usage: ptrctl"))
    }

    @Test("2 on a socket path that cannot be one")
    func unusablePath() async {
        let outcome = await ptrctl(["status", "--socket", String(repeating: "x", count: 200)])
        #expect(outcome.status == 2)
        #expect(outcome.err.contains("it is 200 bytes long"))
    }

    @Test("3 when the daemon is not running, with the command that starts it")
    func notRunning() async {
        let outcome = await ptrctl(["status", "--json", "--socket", "/nonexistent/ptrd.sock"])
        #expect(outcome.status == 3)
        #expect(outcome.out.isEmpty)
        #expect(
            outcome.err == """
                ptrctl: ptrd is not running: there is no socket at /nonexistent/ptrd.sock
                        start it with `ptrd --control-socket /nonexistent/ptrd.sock`, or name another socket with --socket \
                or $PTRD_SOCKET
                """)
    }

    @Test("4 when the daemon does not answer in time")
    func late() async throws {
        try await withDaemon(FixedPlane(isMute: true)) { socket in
            let outcome = await ptrctl(["status", "--socket", socket], timeout: .milliseconds(20))
            #expect(outcome.status == 4)
            #expect(outcome.err.contains("within 0.02 s"))
        }
    }

    @Test(
        "what the daemon's refusal stands for in the table, and its hint",
        arguments: [
            (ErrorCode.denied, 5), (.notFound, 6), (.precondition, 6), (.unavailable, 4), (.badRequest, 2),
        ] as [(ErrorCode, Int32)])
    func refused(code: ErrorCode, status: Int32) async throws {
        let refusal = ControlFailure(code, "that will not do", hint: "do something else")
        try await withDaemon(FixedPlane(refusal: refusal)) { socket in
            for arguments in [["scale", "5"], ["crash", "worker", "worker.1.2"]] {
                let outcome = await ptrctl(arguments + ["--socket", socket])
                #expect(outcome.status == status)
                #expect(outcome.err == "ptrctl: that will not do\n        do something else")
                #expect(outcome.out.isEmpty)
            }
        }
    }

    @Test(
        "0 for help and versions, on standard output",
        arguments: [["--help"], ["help", "scale"], [], ["crash", "-h"]])
    func help(arguments: [String]) async {
        let outcome = await ptrctl(arguments)
        #expect(outcome.status == 0)
        #expect(outcome.out.contains("USAGE: ptrctl"))
        #expect(outcome.err.isEmpty)
    }

    @Test("0 for the version in each of its forms")
    func version() async {
        for arguments in [["--version"], ["version"]] {
            let outcome = await ptrctl(arguments)
            #expect(outcome.status == 0)
            #expect(outcome.out == "ptrctl \(Version.current)")
        }
        #expect(await ptrctl(["version", "--json"]).out == #"{"version":"\#(Version.current)"}"#)
    }

    @Test("0 for a completion script", arguments: ["bash", "zsh", "fish"])
    func completions(shell: String) async {
        let outcome = await ptrctl(["--generate-completion-script", shell])
        #expect(outcome.status == 0)
        #expect(outcome.out.contains("flow-manager"))
    }
}
