import NIOCore
import TestKit
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("Taps")
struct TapTests {
    @Test("a tap shows what is received, what is done and what fails, each at its stage")
    func stages() async throws {
        let scene = CrashScene { data, context in data == "a:20" && context.attempt == 1 ? .failed("not now") : .done }
        let application = scene.tree.application
        let done = try #require(application.tap(.done))
        let failed = try #require(application.tap(.failed, text: Array("a:20".utf8)))
        let received = try #require(application.tap(.received, text: Array("b:60".utf8)))
        #expect(scene.tree.advance(atMost: .seconds(60)) { scene.tree.messages.processed == 120 })
        #expect(scene.tree.finish() == 0)

        guard case .message(let failure)? = await failed.next(), case .message(let receipt)? = await received.next(),
            case .message(let success)? = await done.next()
        else {
            Issue.record("something was not shown")
            return
        }
        #expect(failure.data == "a:20" && failure.reason == "not now" && failure.attempt == 1)
        #expect(failure.worker?.hasPrefix("worker.") == true && failure.eventID == "20" && failure.bytes == 4)
        #expect(receipt.data == "b:60" && receipt.stream == "b" && receipt.attempt == nil && receipt.worker == nil)
        #expect(success.stage == .done && success.latency.map { $0 >= .milliseconds(50) } == true)
        #expect(await failed.next() == nil)
    }

    @Test("nothing is collected while nobody taps, and a tap that is dropped is none")
    func inactive() throws {
        let scene = CrashScene()
        let taps = scene.tree.application.observation.taps
        #expect(!taps.isActive)
        var tap = scene.tree.application.tap(.done)
        #expect(taps.isActive)
        withExtendedLifetime(tap) {}
        tap = nil
        #expect(!taps.isActive)
        scene.finish()
    }

    @Test("a tap delivers so many a second; the rest is counted, and all of it is accounted for")
    func budget() async throws {
        let taps = Taps(wallClock: { 0 })
        let tap = try #require(taps.begin(.received, text: nil))
        let shown = 10 * WatchedMessages.limit
        for _ in 0..<10 { taps.show(.batch(WatchedMessages.limit), at: .seconds(1)) }
        taps.show(.batch(1), at: .seconds(3))
        taps.end()
        var (messages, skipped) = (0, UInt64(0))
        while let item = await tap.next() {
            switch item {
            case .message: messages += 1
            case .skipped(let count): skipped += count
            }
        }
        #expect(messages == Int(Taps.deliveredPerSecond) + 1)
        #expect(messages + Int(skipped) == shown + 1)
    }

    @Test("what finds no room in a batch, or with the reader, is counted")
    func noRoom() async throws {
        let taps = Taps(wallClock: { 0 })
        let tap = try #require(taps.begin(.received, text: nil))
        // A reader that does not read: 200 a second are delivered until its room is full.
        for second in 1...20 { taps.show(.batch(WatchedMessages.limit + 100), at: .seconds(second)) }
        var items: [TappedItem] = []
        for _ in 0..<Taps.backlog { if let item = await tap.next() { items.append(item) } }
        taps.show(.batch(1), at: .seconds(30))
        guard case .skipped(let late)? = await tap.next() else {
            Issue.record("what was passed over is not said")
            return
        }
        let messages = items.count { if case .message = $0 { true } else { false } }
        let skipped = items.reduce(UInt64(0)) { if case .skipped(let count) = $1 { $0 + count } else { $0 } }
        #expect(UInt64(messages) + skipped + late == UInt64(20 * (WatchedMessages.limit + 100)))
    }

    @Test("no more may tap than are borne")
    func readers() {
        let taps = Taps(wallClock: { 0 })
        let readers = (0..<Taps.readers).map { _ in taps.begin(.done, text: nil) }
        #expect(taps.begin(.done, text: nil).map { _ in true } == nil)
        withExtendedLifetime(readers) {}
    }

    @Test(
        "data is cut between two characters",
        arguments: [
            ("", ""), (String(repeating: "a", count: 3000), String(repeating: "a", count: 2048)),
            (String(repeating: "a", count: 2047) + "é", String(repeating: "a", count: 2047)),
            (String(repeating: "a", count: 2045) + "😀x", String(repeating: "a", count: 2045)),
            (String(repeating: "a", count: 2046) + "é", String(repeating: "a", count: 2046) + "é"),
        ])
    func cut(data: String, shown: String) {
        #expect(ByteBuffer(string: data).text(2048) == shown)
    }

    @Test("bytes that are no text are cut and shown all the same")
    func noText() {
        let text = ByteBuffer(repeating: 0x80, count: 5000).text(2048)
        #expect(text.unicodeScalars.count == 2048)
    }

    @Test("a text is found wherever it is, and only where it is")
    func search() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            let data = (0..<Int.random(in: 0...40, using: &generator)).map { _ in UInt8.random(in: 97...98) }
            let text = (0..<Int.random(in: 1...6, using: &generator)).map { _ in UInt8.random(in: 97...98) }
            let isThere = data.indices.contains { data[$0...].starts(with: text) }
            #expect(TextSearch(text).isIn(ByteBuffer(bytes: data)) == isThere, "\(text) in \(data)")
        }
    }
}

extension WatchedMessages {
    fileprivate static func batch(_ count: Int) -> WatchedMessages {
        var watched = WatchedMessages()
        let stream = StreamName(name: "a", index: 0)
        let event = Event(data: ByteBuffer(string: "x"))
        for number in 0..<count {
            let message = Message(
                sequence: UInt64(number), stream: stream, ordinal: 1, event: event, receivedAt: .zero)
            watched.append(Entry(stage: .received, message: message))
        }
        return watched
    }
}
