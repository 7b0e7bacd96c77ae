import Locking
import NIOCore
import Templates
import Testing

@testable import Flow
@testable import Handlers
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("A print format that finds nothing")
struct FormatWatchTests {
    private final class Scene: Sendable {
        final class Counts: Sendable {
            let events = Locked<[FormatWatch.Event]>([])
            let misses = Locked(0)
        }

        let counts: Counts
        let format: LineFormat
        let watch: FormatWatch

        init(_ template: String) throws {
            format = LineFormat(try Template(template)) { _ in 0 }
            let counts = Counts()
            let watch = FormatWatch(
                format, onMiss: { missed in counts.misses.withLock { $0 += missed } },
                onEvent: { event in counts.events.withLock { $0.append(event) } })
            self.counts = counts
            self.watch = try #require(watch)
        }

        func print(_ data: String, times: Int = 1) {
            for _ in 0..<times { print([data]) }
        }

        /// Several in one hand.
        func print(_ data: [String]) {
            var (renderer, findings, line) = (LineRenderer(format), FormatFindings(format), [UInt8]())
            for data in data { renderer.append(Message(data), to: &line, &findings) }
            watch.note(findings) { ByteBuffer(string: data[$0]) }
        }

        var told: [FormatWatch.Event] { counts.events.withLock { $0 } }
        var misses: Int { counts.misses.withLock { $0 } }
    }

    @Test("in twenty messages running is named once, with the keys that there are, and ends with the next find")
    func findsNothing() throws {
        let scene = try Scene("{message.wiki}: {list[2].x}")
        scene.print(#"{"wiki": "enwiki", "id": 1, "meta": {}}"#, times: 19)
        #expect(scene.told.isEmpty && scene.watch.complaint == nil)
        scene.print(#"{"wiki": "enwiki", "id": 1, "meta": {}}"#, times: 30)
        let complaint =
            "none of the paths in handler.print.format ({message.wiki}, {list[2].x}) was found in the last 20 messages: "
            + "the keys of the last one are id, meta, wiki"
        #expect(scene.told == [.findsNothing(complaint)])
        #expect(scene.watch.complaint == complaint)
        #expect(scene.misses == 49)
        scene.print(#"{"message": {"wiki": null}}"#)
        #expect(scene.told.last == .findsAgain && scene.told.count == 2)
        #expect(scene.watch.complaint == nil)
        #expect(scene.misses == 49)
    }

    @Test(
        "says what the data is instead",
        arguments: [
            ("[DONE]", "the data is no JSON, and is printed as it came"), ("{}", "the data is an empty object"),
            ("[1]", "the data is an array, whose elements are {0}, {1} and so on"),
            ("12", "the data is a single value without keys, and is printed as it came"),
            (#"{"a\u001b[31m": 1}"#, #"the keys of the last one are a\x1b[31m"#),
            (
                "{\((0..<20).map { "\"k\(10 + $0)\": 0" }.joined(separator: ","))}",
                "the keys of the last one are k10, k11, k12, k13, k14, k15, k16, k17, k18, k19, k20, k21, …"
            ),
        ])
    func instead(_ data: String, _ words: String) throws {
        let scene = try Scene("{message.wiki}")
        scene.print(data, times: 20)
        #expect(scene.watch.complaint?.hasSuffix(": \(words)") == true)
    }

    @Test("is forgiven for some messages in between")
    func someMiss() throws {
        let scene = try Scene("{message.wiki}")
        for _ in 0..<10 {
            scene.print("{}", times: 19)
            scene.print(#"{"message": {"wiki": "w"}}"#)
        }
        #expect(scene.told.isEmpty)
    }

    @Test("in one of its paths alone is told once, and is no problem")
    func onePath() throws {
        let scene = try Scene("{message.wiki} {nosuch} {rare} {perhaps|-}")
        scene.print(#"{"message": {"wiki": "w"}, "rare": 1}"#)
        scene.print(#"{"message": {"wiki": "w"}}"#, times: 100)
        #expect(scene.told == [.neverFound(["{nosuch}"])])
        #expect(scene.watch.complaint == nil)
    }

    @Test("is told of a hand as of its messages one by one")
    func inOneHand() throws {
        let scene = try Scene("{message.wiki}")
        let (miss, hit) = (#"{"wiki": 1}"#, #"{"message": {"wiki": null}}"#)
        scene.print(Array(repeating: miss, count: 19) + [hit] + Array(repeating: miss, count: 19))
        #expect(scene.told.isEmpty && scene.misses == 38)
        scene.print([miss, #"{"last": 1}"#])
        #expect(scene.watch.complaint?.hasSuffix("the keys of the last one are wiki") == true)
        scene.print([miss, hit, miss])
        #expect(scene.told.last == .findsAgain && scene.told.count == 2 && scene.misses == 42)
        // Found again before anybody could say that it was not.
        scene.print(Array(repeating: miss, count: 200) + [hit])
        #expect(scene.told.count == 2 && scene.watch.complaint == nil)
    }

    @Test("cannot be said of a format whose paths all have defaults, of one without a path, or of none")
    func noPath() throws {
        #expect(FormatWatch(.rawData) { _ in } == nil)
        for template in ["tick", "{@stream}: {@data}", "{a|x}"] {
            #expect(FormatWatch(LineFormat(try Template(template)) { _ in 0 }) { _ in } == nil)
        }
    }
}
