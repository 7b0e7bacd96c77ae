import ControlAPI
import Foundation
import Glibc
import TestKit
import Testing

@Suite("What is wrong", .timeLimit(.minutes(3)))
struct ProblemTests {
    /// A thing that goes wrong, and what is said of it.
    struct Trouble: Sendable, CustomTestStringConvertible {
        let kind: Problem.Kind
        let subject: String
        /// A part of the text.
        let says: String
        /// What the only stream's server answers; nil: nobody is there.
        var answer: String? = Trouble.events
        /// More in the stream's section.
        var stream = ""
        /// The sections after it.
        var configuration = ""
        var printTo = "stdout"
        var format = "{n}"
        /// The part that is made to hang, with a watchdog of three seconds.
        var wedge: String?
        /// What happens to the state's folder, once events were worked on.
        var losesState = false

        var testDescription: String { kind.rawValue }

        static let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
        static let events = head + (1...40).map { "id: \($0)\ndata: {\"n\": \($0)}\n\n" }.joined()

        static let all: [Trouble] = [
            Trouble(
                kind: .streamDown, subject: "a", says: "down ", answer: nil, stream: #"down_after = "1s""#),
            Trouble(kind: .allStreamsDown, subject: "streams", says: "the only stream", answer: nil),
            Trouble(
                kind: .streamRefused, subject: "a", says: "404",
                answer: "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\nConnection: close\r\n\r\ngone"),
            Trouble(
                kind: .streamFailed, subject: "a", says: "204",
                answer: "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"),
            Trouble(
                kind: .breakerOpen, subject: "breaker", says: "attempts failed",
                configuration: """
                    simulated_work = { min = "30s", max = "30s" }
                    [workers]
                    timeout = "50ms"
                    """),
            Trouble(kind: .stateUnwritable, subject: "state", says: "the state cannot be written", losesState: true),
            Trouble(kind: .outputBlocked, subject: "output", says: "/dev/full", printTo: "/dev/full"),
            Trouble(kind: .watchdogLate, subject: "watchdog", says: "has not answered", wedge: "flow_manager"),
            Trouble(
                kind: .formatFindsNothing, subject: "handler.print.format", says: "nosuch", format: "{nosuch.path}"),
        ]
    }

    @Test("is in the first line of ptrctl check, which ends with 1, and in the status", arguments: Trouble.all)
    func check(trouble: Trouble) async throws {
        let scene = try Scene()
        let server = try AnsweringSocket(answers: [trouble.answer ?? ""])
        if trouble.answer == nil { server.close() }
        let state = scene.folder.appending(path: "state").path
        let path = scene.folder.appending(path: "ptrd.toml").path
        let text = """
            [stream.a]
            url = "http://127.0.0.1:\(server.port)/"
            reconnect = { initial = "100ms", max = "200ms" }
            \(trouble.stream)
            [state]
            directory = "\(state)"
            [control]
            socket = "\(scene.socket)"
            [handler.print]
            format = "\(trouble.format)"
            to = "\(trouble.printTo)"
            \(trouble.configuration)
            """
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        let notify = try NotifyListener(scene.folder.appending(path: "notify").path)
        let environment = trouble.wedge.map {
            Program.wedging($0).merging(["NOTIFY_SOCKET": notify.path, "WATCHDOG_USEC": "3000000"]) { $1 }
        }
        let daemon = try await scene.daemon(path, environment: environment ?? [:])
        if trouble.losesState {
            while try await scene.control.status().messages.processed < 40 {}
            try FileManager.default.removeItem(atPath: state)
            // Nothing can be made below a file.
            try "".write(toFile: state, atomically: true, encoding: .utf8)
        }
        // Who asks for the time first hangs, which is to be flow_manager and no question of ours.
        if trouble.kind == .watchdogLate { _ = await notify.next { $0.contains("watchdog: ") } }
        try await Self.expectShown(trouble, in: scene)
        daemon.signal(SIGKILL)
        server.close()
    }

    /// Waits until a daemon has the trouble, and looks at how it is shown.
    static func expectShown(_ trouble: Trouble, in scene: Scene) async throws {
        func ptrctl(_ arguments: String...) async throws -> Outcome {
            try await Program("ptrctl", ["--socket", scene.socket] + arguments).outcome
        }
        var seen = try await scene.control.status()
        while seen.problems?.contains(where: { $0.kind == trouble.kind }) != true {
            seen = try await scene.control.status()
            #expect((seen.state == .degraded) == (seen.problems?.isEmpty == false))
        }
        let problem = try #require(seen.problems?.first)
        #expect(problem.kind == trouble.kind && problem.subject == trouble.subject)
        #expect(problem.text.contains(trouble.says), "\(problem.text)")
        let check = try await ptrctl("check")
        #expect(check.status == 1 && check.out.hasPrefix("DEGRADED - "))
        let line = try #require(check.out.split(separator: "\n").first?.split(separator: "|").first)
        #expect(line.contains(trouble.says), "\(check.out)")
        let shown = try await ptrctl("status")
        #expect(shown.status == 1 && shown.out.contains(trouble.says))
        try expect(try await ptrctl("status", "--json").out, fits: "Status")
    }

    @Test("with the control socket is in the first line, for whoever still reaches it")
    func listener() async throws {
        let scene = try Scene()
        let path = scene.folder.appending(path: "ptrd.toml").path
        let state = scene.folder.appending(path: "state").path
        let text = "[stream.a]\nurl = \"http://127.0.0.1:1/\"\n[state]\ndirectory = \"\(state)\"\n"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        // Held by systemd, so that ptrd cannot make it anew. Under a shell: it closes all descriptors, also the one by whose
        // closing Foundation takes a process for ended.
        let activation = try Program(
            executable: URL(filePath: "/bin/sh"),
            [
                "-c", "setpriv --pdeathsig KILL systemd-socket-activate -l \"$0\" \"$@\" & wait", scene.socket,
                Program.products.appending(path: "ptrd").path, "--config", path,
            ])
        let link = scene.folder.appending(path: "link").path
        while Glibc.link(scene.socket, link) != 0 { try await nextTurn() }
        func check() async throws -> Outcome { try await Program("ptrctl", ["--socket", link, "check"]).outcome }
        _ = try await check()
        try FileManager.default.removeItem(atPath: scene.socket)
        var outcome = try await check()
        while !outcome.out.hasPrefix("DEGRADED - control: ") { outcome = try await check() }
        #expect(outcome.status == 1 && outcome.out.contains("was removed or replaced"))
        activation.signal(SIGKILL)
    }
}
