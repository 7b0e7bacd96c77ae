import Testing

@testable import PtrConfiguration

/// A text with a stream and the `exec` handler in its first lines.
private func exec(_ text: String, command: String = #"["/bin/cat"]"#) -> String {
    "stream.a.url = \"http://h/\"\nhandler.kind = \"exec\"\nhandler.exec.command = \(command)\n" + text
}

private func problems(_ text: String) -> [ConfigurationProblem] {
    do {
        _ = try Configuration.parse(text, file: "f")
        return []
    } catch {
        return error.problems
    }
}

@Suite("What a process cannot be given is refused, with its line, its key and a mend")
struct ExecOptionsTests {
    private static let values: [(String, String, String)] = [
        ("command = \"/bin/cat\"", "command", "is a string, but should be an array of strings"),
        ("command = []", "command", "the command is empty; write the program and its arguments as ["),
        ("command = [\"\"]", "command", "the command is empty"),
        (
            "command = [\"python3\", \"/srv/score.py\"]", "command",
            "not an absolute path; write the program's whole path"
        ),
        ("command = [\"/bin/cat\", 1]", "command", "is an integer"),
        ("command = [\"/bin/cat\", \"\(String(repeating: "x", count: 128 << 10))\"]", "command", "longer than 128 KiB"),
        ("mode = \"residnet\"", "mode", "did you mean \"resident\"?"),
        ("framing = \"line\"", "framing", "did you mean \"lines\"?"),
        ("ready = \"now\"", "ready", "choose one of \"spawn\", \"line\""),
        ("start_timeout = \"2h\"", "start_timeout", "choose a value from 100ms to 1h"),
        ("reply_fd = 2", "reply_fd", "2 is none of them; choose one of 1, 3"),
        ("reply_fd = \"3\"", "reply_fd", "choose one of 1, 3"),
        ("prefetch = 0", "prefetch", "1 to 64"), ("prefetch = 65", "prefetch", "1 to 64"),
        ("batch = { max = 0 }", "batch.max", "1 to 10000"),
        ("batch = { max = 2, within = \"2m\" }", "batch.within", "0s to 1m"),
        ("batch = { max_bytes = 10 }", "batch.max_bytes", "1KiB to 1GiB"),
        ("batch = { max = 2, timeout = \"0s\" }", "batch.timeout", "1ms to 24h"),
        ("batch = { size = 2 }", "batch.size", "known here: max, max_bytes, timeout, within"),
        ("batch = 2", "batch", "is an integer, but should be a table"),
        ("max_answer_bytes = 1", "max_answer_bytes", "1KiB to 1GiB"),
        ("heartbeat = \"1ms\"", "heartbeat", "100ms to 24h"),
        ("max_time = \"25h\"", "max_time", "1ms to 24h"),
        ("stop_grace = \"1h\"", "stop_grace", "0s to 10m"),
        ("recycle = { messages = 0 }", "recycle.messages", "1 to 1000000000"),
        ("recycle = { messages = \"never\" }", "recycle.messages", "neither a number nor \"off\""),
        ("recycle = { after = \"1ms\" }", "recycle.after", "1s to 168h"),
        ("environment = \"A=b\"", "environment", "write variables as { NAME = \"value\" }"),
        ("environment = { \"A=B\" = \"c\" }", "environment.\"A=B\"", "is not the name of a variable"),
        ("environment = { 1A = \"c\" }", "environment.1A", "is not the name of a variable"),
        ("environment = { A = 1 }", "environment.A", "is an integer, but should be a string"),
        ("environment = { NOTIFY_SOCKET = \"/x\" }", "environment.NOTIFY_SOCKET", "is for ptrd alone"),
        ("environment = { LISTEN_FDS = \"1\" }", "environment.LISTEN_FDS", "is for ptrd alone"),
        ("environment = { PTR_WORKER = \"1\" }", "environment.PTR_WORKER", "take another name"),
        ("pass_environment = \"TZ\"", "pass_environment", "write the names as [\"MODEL\", \"TZ\"]"),
        ("pass_environment = [\"a b\"]", "pass_environment", "is not the name of a variable"),
        ("pass_environment = [\"WATCHDOG_USEC\"]", "pass_environment", "is for ptrd alone"),
        ("pass_environment = [\"CREDENTIALS_DIRECTORY\"]", "pass_environment", "is for ptrd alone"),
        ("working_directory = \"srv\"", "working_directory", "is not an absolute path"),
        ("umask = 77", "umask", "four octal digits, such as \"0077\""),
        ("umask = \"0o77\"", "umask", "is not a umask"), ("umask = \"1000\"", "umask", "is not a umask"),
        ("umask = \"+77\"", "umask", "is not a umask"), ("umask = \"089\"", "umask", "is not a umask"),
        ("limits = { open_files = 3 }", "limits.open_files", "16 to 1048576"),
        ("limits = { data = \"1KiB\" }", "limits.data", "1MiB to 16TiB"),
        ("limits = { data = \"of\" }", "limits.data", "is not a size"),
        ("limits = { cpu = 5 }", "limits.cpu", "has no unit"),
        ("limits = { core = \"off\" }", "limits.core", "is not a size"),
        ("limits = { processes = 0 }", "limits.processes", "1 to 1000000"),
        ("limits = { nice = 5 }", "limits.nice", "unknown key"),
        ("memory_max = \"1KiB\"", "memory_max", "1MiB to 16TiB"), ("memory_max = true", "memory_max", "is a boolean"),
        ("stderr = { max_line = \"1MiB\" }", "stderr.max_line", "80B to 48KiB"),
        ("stderr = { rate = 200 }", "stderr.rate", "such as \"200/s\""),
        ("stderr = { rate = \"200/m\" }", "stderr.rate", "is not a rate"),
        ("stderr = { rate = \"0/s\" }", "stderr.rate", "1/s to 100000/s"),
        ("stderr = { rate = \"99999999999999999999/s\" }", "stderr.rate", "is not a rate"),
    ]

    @Test("a value that cannot be", arguments: values)
    func value(text: String, key: String, words: String) {
        let table = "stream.a.url = \"http://h/\"\n[handler]\nkind = \"exec\"\n[handler.exec]\n"
        let command = text.hasPrefix("command") ? "" : "command = [\"/bin/cat\"]\n"
        let found = problems(table + command + text)
        #expect(found.map(\.key) == ["handler.exec.\(key)"])
        #expect(found.map(\.line) == [text.hasPrefix("command") ? 5 : 6])
        #expect(found.first?.description.contains(words) == true, "\(found)")
    }

    private static let rules: [(String, [String], String)] = [
        (
            "handler.exec.heartbeat = \"5s\"", ["handler.exec.heartbeat"],
            "add ready = \"line\" and let it print {\"ready\":1,\"heartbeat\":true}"
        ),
        (
            "handler.exec.max_time = \"5s\"", ["handler.exec.max_time"],
            "handler.exec.max_time (5s) is below workers.timeout (20s)"
        ),
        (
            "handler.exec.batch.within = \"5s\"", ["handler.exec.batch.within"],
            "means nothing while handler.exec.batch.max is 1; raise batch.max"
        ),
        ("handler.exec.batch.timeout = \"5s\"", ["handler.exec.batch.timeout"], "means nothing while"),
        (
            "handler.exec.prefetch = 64\nhandler.exec.batch.max = 65", ["handler.exec.batch.max"],
            "(64 × 65 = 4160) is above flow.max_in_flight (4096): one worker could never have what it asks for"
        ),
        (
            "handler.exec.batch = { max = 2, max_bytes = \"512MiB\" }", ["handler.exec.batch.max_bytes"],
            "handler.exec.batch.max_bytes (512MiB) is above flow.max_in_flight_bytes (256MiB)"
        ),
        ("scaling.min = 5", ["scaling.min"], "scaling.min (5) is above scaling.max (4)"),
    ]

    @Test("values that do not go together", arguments: rules)
    func rule(text: String, keys: [String], words: String) {
        let found = problems(exec(text))
        #expect(found.map(\.key) == keys)
        #expect(found.first?.description.contains(words) == true, "\(found)")
    }

    @Test(
        "what a process that lives for one message has no use for",
        arguments: [
            "framing = \"length\"", "ready = \"line\"", "reply_fd = 3", "prefetch = 2", "batch.max = 2",
            "heartbeat = \"1s\"", "recycle.messages = 5", "recycle.after = \"1h\"",
        ])
    func oneshot(line: String) {
        let found = problems(exec("handler.exec.mode = \"oneshot\"\nhandler.exec.\(line)"))
        let key = "handler.exec.\(line.prefix { $0 != " " })"
        #expect(found.map(\.key) == [key] && found.map(\.line) == [5])
        #expect(found.first?.description.contains("remove it, or write mode = \"resident\"") == true)
    }

    @Test("what is written as its default is no fault of a process that lives for one message")
    func oneshotDefaults() {
        let text = "handler.exec.mode = \"oneshot\"\nhandler.exec.prefetch = 1\nhandler.exec.heartbeat = \"off\""
        #expect(problems(exec(text)) == [])
    }

    @Test("a handler without its command, or a command without its handler")
    func halves() {
        let stream = "stream.a.url = \"http://h/\"\n"
        let noCommand = problems(stream + "[handler]\nkind = \"exec\"")
        #expect(noCommand.map(\.key) == ["handler.kind"] && noCommand.map(\.line) == [3])
        #expect(noCommand.first?.mend.contains("command = [\"/usr/bin/python3\", \"/srv/score.py\"]") == true)
        let noKind = problems(stream + "[handler.exec]\ncommand = [\"/bin/cat\"]")
        #expect(noKind.map(\.key) == ["handler.exec"] && noKind.map(\.line) == [2])
        #expect(noKind.first?.mend == "add kind = \"exec\" below [handler], or remove [handler.exec]")
        // Who says that messages are printed means it.
        #expect(problems(stream + "handler.kind = \"print\"\nhandler.exec.command = [\"/bin/cat\"]") == [])
        #expect(problems(stream + "[handler.exec]\n") == [])
    }
}

@Suite("What a process is given")
struct ExecSettingsTests {
    private func settings(_ text: String = "", inherited: [String: String] = [:]) throws -> ExecSettings {
        try #require(Configuration.parse(exec(text), file: "f").execSettings { inherited[$0] })
    }

    @Test("by default")
    func defaults() throws {
        let settings = try settings()
        let expected = ExecSettings(
            command: ["/bin/cat"], mode: .resident, framing: .lines, ready: .spawn, startTimeout: .seconds(30),
            replyDescriptor: 1, prefetch: 1,
            batch: ExecSettings.Batch(max: 1, within: .zero, maxBytes: 1 << 20, timeout: nil),
            maxAnswerBytes: 1 << 20, heartbeat: nil, maxTime: .seconds(600), stopGrace: .seconds(5),
            recycleMessages: nil, recycleAfter: nil, environment: settings.environment,
            workingDirectory: "/var/lib/ptrd/workers", umask: 0o077,
            limits: ExecSettings.Limits(openFiles: 1024, data: nil, cpuSeconds: nil, core: 0, processes: nil),
            memoryMax: nil, stderrMaxLine: 4096, stderrRate: 200)
        #expect(settings == expected)
        #expect(Configuration().execSettings { _ in nil } == nil)
    }

    @Test("as the files have it")
    func written() throws {
        let settings = try settings(
            """
            mode = "resident"
            framing = "length"
            ready = "line"
            start_timeout = "1m"
            reply_fd = 3
            prefetch = 8
            batch = { max = 32, within = "50ms", max_bytes = "64KiB", timeout = "40s" }
            max_answer_bytes = "2MiB"
            heartbeat = "5s"
            max_time = "1h"
            stop_grace = "1s"
            recycle = { messages = 1000, after = "1h" }
            working_directory = "/srv"
            umask = "027"
            limits = { open_files = 64, data = "256MiB", cpu = "1.5s", core = "1GiB", processes = 100 }
            memory_max = "512MiB"
            stderr = { max_line = "8KiB", rate = "50/s" }
            """.split(separator: "\n").map { "handler.exec.\($0)" }.joined(separator: "\n"))
        let expected = ExecSettings(
            command: ["/bin/cat"], mode: .resident, framing: .length, ready: .line, startTimeout: .seconds(60),
            replyDescriptor: 3, prefetch: 8,
            batch: ExecSettings.Batch(max: 32, within: .milliseconds(50), maxBytes: 64 << 10, timeout: .seconds(40)),
            maxAnswerBytes: 2 << 20, heartbeat: .seconds(5), maxTime: .seconds(3600), stopGrace: .seconds(1),
            recycleMessages: 1000, recycleAfter: .seconds(3600), environment: settings.environment,
            workingDirectory: "/srv", umask: 0o027,
            limits: ExecSettings.Limits(
                openFiles: 64, data: 256 << 20, cpuSeconds: 2, core: 1 << 30, processes: 100),
            memoryMax: 512 << 20, stderrMaxLine: 8192, stderrRate: 50)
        #expect(settings == expected)
    }

    @Test(
        "of the environment: a few variables of ptrd's own, what was asked for, and nothing that systemd hands to ptrd")
    func environment() throws {
        let inherited = [
            "PATH": "/opt/bin:/bin", "LANG": "de_DE.UTF-8", "HOME": "/home/ada", "TMPDIR": "/var/tmp", "TZ": "UTC",
            "NOTIFY_SOCKET": "/run/systemd/notify", "LISTEN_FDS": "1", "WATCHDOG_USEC": "1", "SECRET": "x",
            "CREDENTIALS_DIRECTORY": "/run/credentials", "EMPTY": "",
        ]
        let settings = try settings(
            """
            handler.exec.environment = { MODEL = "a", LANG = "C" }
            handler.exec.pass_environment = ["TZ", "MISSING", "EMPTY"]
            handler.exec.prefetch = 4
            handler.exec.batch.max = 8
            """, inherited: inherited)
        #expect(
            settings.environment == [
                "PATH": "/opt/bin:/bin", "LANG": "C", "HOME": "/home/ada", "TMPDIR": "/var/tmp", "TZ": "UTC",
                "EMPTY": "", "MODEL": "a", "PYTHONUNBUFFERED": "1", "PTR_PROTOCOL": "1", "PTR_PREFETCH": "4",
                "PTR_BATCH": "8", "PTR_MAX_ANSWER": "1048576", "PTR_REPLY_FD": "1",
            ])
    }

    @Test("of the environment, where ptrd has none itself")
    func bareEnvironment() throws {
        let environment = try settings(inherited: ["HOME": "/"]).environment
        #expect(environment["PATH"] == "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
        #expect(environment["LANG"] == "C.UTF-8" && environment["TMPDIR"] == "/tmp")
        #expect(environment["HOME"] == "/var/lib/ptrd/workers")
    }

    @Test("as long as a message may take at least, and in a folder of theirs in that of the state")
    func following() throws {
        let settings = try settings("workers.timeout = \"1h\"\nstate.directory = \"/srv/state\"")
        #expect(settings.maxTime == .seconds(3600) && settings.workingDirectory == "/srv/state/workers")
    }

    @Test("is not shown where it may be a secret")
    func hidden() throws {
        let configuration = try Configuration.parse(
            exec("handler.exec.environment = { TOKEN = \"SECRET\" }"), file: "f")
        let setting = configuration.settingsInForce().first { $0.key == "handler.exec.environment" }
        #expect(setting?.value == "{ 1 variable }")
    }
}

@Suite("What is right, but perhaps not meant")
struct ConfigurationRemarksTests {
    private func configuration(_ text: String) throws -> Configuration {
        try Configuration.parse(exec(text), file: "f")
    }

    @Test(
        "more workers than there is memory for",
        arguments: [
            ("", 127 << 20, "32 workers (scaling.max × scaling.workers_per_supervisor) of 4MiB (the least of an"),
            ("handler.exec.limits.data = \"64MiB\"", 2047 << 20, "of 64MiB (handler.exec.limits.data)"),
            (
                "handler.exec.memory_max = \"1GiB\"", 32767 << 20,
                "than the 32767 MiB of memory there are: lower scaling.max"
            ),
        ])
    func memory(text: String, memory: Int, words: String) throws {
        let configuration = try configuration(text)
        #expect(configuration.warnings(memory: memory).count == 1)
        #expect(configuration.warnings(memory: memory).first?.contains(words) == true)
        #expect(configuration.warnings(memory: memory + (1 << 20)) == [])
        #expect(configuration.warnings(memory: nil) == [])
        #expect(Configuration().warnings(memory: 1) == [])
    }

    @Test("workers that may have more in hand than there can be")
    func window() throws {
        let configuration = try configuration("handler.exec.prefetch = 8\nhandler.exec.batch.max = 32")
        #expect(
            configuration.warnings(memory: nil) == [
                """
                32 workers that have up to 256 messages in hand could hold 8192, more than flow.max_in_flight (4096): 16 of them \
                may hold all there are
                """
            ])
        #expect(try self.configuration("handler.exec.prefetch = 64").warnings(memory: nil) == [])
    }

    @Test("a table of the handler that is not used")
    func unused() throws {
        #expect(try configuration("").unusedTables == [])
        #expect(
            try configuration("handler.print.to = \"journal\"").unusedTables == [
                "[handler.print] is not used: handler.kind is \"exec\""
            ])
        let printing = try Configuration.parse(
            "stream.a.url = \"http://h/\"\nhandler.kind = \"print\"\nhandler.exec.prefetch = 2", file: "f")
        #expect(printing.unusedTables == ["[handler.exec] is not used: handler.kind is \"print\""])
    }
}
