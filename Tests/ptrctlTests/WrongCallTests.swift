import ControlAPI
import Testing

@testable import ptrctl

/// Calls that a tired person makes: each says what was wrong and what was meant.
@Suite("A wrong call")
struct WrongCallTests {
    struct Call: Sendable, CustomTestStringConvertible {
        let line: String
        let status: Int32
        let says: String

        init(_ line: String, _ status: Int32, _ says: String) {
            (self.line, self.status, self.says) = (line, status, says)
        }

        /// The words; `''` is an empty one.
        var arguments: [String] { line.split(separator: " ").map { $0 == "''" ? "" : String($0) } }
        var testDescription: String { line }
    }

    static let calls = [
        // Verbs and what belongs to them.
        Call("staus", 2, "There is no verb 'staus'; did you mean 'status'?"),
        Call("evnets -f", 2, "did you mean 'events'?"),
        Call("fly", 2, "There is no verb 'fly'; it is status, top,"),
        Call("dead-letters shwo 12", 2, "did you mean 'show'?"),
        Call("explain crsh", 2, "did you mean 'crash'?"),
        Call("--socket /tmp/x staus", 2, "did you mean 'status'?"),
        Call("--json", 2, "A verb is missing"),
        Call("status --jsno", 2, "Did you mean '--json'?"),
        Call("status extra", 2, "Unexpected argument 'extra'"),
        Call("--socket= status", 2, "verb is missing"),
        Call("status --color=red", 2, "it is auto, always or never"),
        // Numbers.
        Call("scale", 2, "Missing expected argument '<target>'"),
        Call("scale five", 2, "a whole number, for example 5, or auto"),
        Call("scale 0x5", 2, "did you mean 5?"),
        Call("scale 1,000", 2, "did you mean 1000?"),
        Call("scale -1", 2, "-1 is negative"),
        Call("scale ''", 2, "it is empty"),
        Call("scale 5.5", 2, "a whole number"),
        Call("scale 99999999999999999999", 2, "it is too large"),
        Call("scale automatic", 2, "did you mean auto?"),
        Call("events -n -3", 2, "-3 is negative"),
        Call("events -n 1001", 2, "it must be from 0 to 1000"),
        Call("dead-letters show twelve", 2, "a number, for example 12"),
        Call("dead-letters show 0", 2, "numbers begin at 1"),
        Call("tree --depth 0", 2, "it must be at least 1"),
        // Times.
        Call("pause slow --for 5", 2, "the unit is missing; did you mean 5s?"),
        Call("pause slow --for 5min", 2, "did you mean 5m?"),
        Call("pause slow --for 2d", 2, "did you mean 48h?"),
        Call("pause slow --for 9999h", 2, "8784h"),
        Call("drain --timeout ''", 2, "a time such as 5s"),
        Call("wait idle --timeout soon", 2, "for example 30s or 5m"),
        Call("crash worker --count 2 --every 5", 2, "did you mean 5ms?"),
        Call("tree --every 2s", 2, "--every is for --watch"),
        Call("tree --watch --every 1ms", 2, "--every must be at least 100"),
        // Words.
        Call("events --kind crsh", 2, "there is no kind 'crsh'; did you mean 'crash'?"),
        Call("events --kind crash,,scale", 2, "a kind is empty"),
        Call("tap --stage recieved", 2, "did you mean 'received'?"),
        Call("wait redy", 2, "did you mean 'ready'?"),
        Call("crash wroker", 2, "did you mean 'worker'?"),
        Call("log-level wraning", 2, "did you mean 'warning'?"),
        Call("tree --full --busy", 2, "--full shows all"),
        Call("pause ''", 2, "the name is empty"),
        Call("dead-letters purge --yes", 2, "say which: numbers, --stream, --where or --all"),
        Call("dead-letters list --where ''", 2, "--where is empty"),
        // What is not there.
        Call("dead-letters show 77", 6, "there is no dead letter 77"),
        Call("dead-letters replay 77", 6, "there is no dead letter 77; nothing was done"),
        Call("dead-letters purge 77 78 --yes", 6, "there is no dead letter 77 or 78; nothing was done"),
        Call("dead-letters list --stream nosuch", 6, "there are tweets-1 and slow"),
        Call("dead-letters replay --stream slwo", 6, "did you mean slow?"),
        Call("dead-letters purge --stream tweets1 --yes", 6, "did you mean tweets-1?"),
        Call("explain crash 99", 6, "there is no crash 99"),
        Call("scale 6 --expect 4", 6, "the target is 5, not 4; nothing was changed"),
    ]

    @Test("says what was wrong and what was meant", arguments: calls)
    func says(call: Call) async throws {
        let none = DeadLetterResponse(matched: 0, done: 0, refused: [], dryRun: false)
        let plane = FixedPlane(replayed: none, purged: 0, letters: [])
        try await withDaemon(plane) { socket in
            let outcome = await ptrctl(call.arguments, environment: ["PTRD_SOCKET": socket])
            #expect(outcome.status == call.status)
            #expect(outcome.err.contains(call.says), "\(outcome.err)")
            #expect(outcome.out.isEmpty)
        }
    }

    @Test("of a stream that is gone, but has dead letters, is none; nor is one that finds nothing by its text")
    func right() async throws {
        try await withDaemon { socket in
            #expect(await ptrctl(["dead-letters", "list", "--stream", "old", "--socket", socket]).status == 0)
        }
        let none = DeadLetterResponse(matched: 0, done: 0, refused: [], dryRun: false)
        try await withDaemon(FixedPlane(replayed: none)) { socket in
            let outcome = await ptrctl(["dead-letters", "replay", "--where", "x", "--socket", socket])
            #expect(outcome.status == 0 && outcome.err == "there is no such dead letter; nothing was done")
        }
    }

    @Test("for a number that is not there is refused with 6, as the daemon tells it, and with --dry-run")
    func gone() async throws {
        let gone = DeadLetterResponse(
            matched: 1, done: 0, refused: [.init(id: 77, reason: "there is no such dead letter (any more)")],
            dryRun: false)
        try await withDaemon(FixedPlane(replayed: gone)) { socket in
            let outcome = await ptrctl(["dead-letters", "replay", "77", "--socket", socket])
            #expect(outcome.status == 6)
            #expect(outcome.err == "ptrctl: 77: there is no such dead letter (any more)")
        }
    }

    @Test("is none for having an option of all verbs before, between or after")
    func everywhere() async throws {
        try await withDaemon { socket in
            for line in [
                "--json streams list", "streams --json list", "streams list --json", "--json streams", "streams --json",
                "--color=never --json explain scale", "--json events", "events --json",
            ] {
                let outcome = await ptrctl(
                    ["--socket", socket] + line.split(separator: " ").map(String.init))
                #expect(outcome.status == 0)
                #expect(outcome.out.hasPrefix("{"), "\(line)")
            }
            for line in [
                "--socket \(socket) streams list", "streams --socket \(socket) list", "streams list --socket \(socket)",
            ] {
                #expect(await ptrctl(line.split(separator: " ").map(String.init)).status == 0)
            }
        }
    }

    @Test("names are listed as sentences list them")
    func lists() {
        #expect(Text.list([]) == "")
        #expect(Text.list(["a"]) == "a")
        #expect(Text.list(["a", "b"]) == "a and b")
        #expect(Text.list(["a", "b", "c"], last: "or") == "a, b or c")
        #expect(Text.list((1...20).map { "\($0)" }, most: 3) == "1, 2, 3 and 17 more")
        #expect(
            [1, 2, 3, 4, 11, 12, 13, 21, 101, 111].map(Text.ordinal) == [
                "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "101st", "111th",
            ])
    }
}
