import ControlAPI
import Foundation
import Testing

@Suite("An operator moves a stream", .timeLimit(.minutes(2)))
struct PositionTests {
    @Test("its position is shown, set and forgotten; each change is in the audit trail with what and who")
    func positions() async throws {
        let live = try await LiveDaemon()
        try await live.isAtWork()
        let shown = try await live.ptrctl("streams", "position", "tweets-1")
        #expect(shown.status == 0 && Int(shown.out) != nil, "\(shown)")
        #expect(try await live.scene.control.answer(to: StreamsRequest()).streams[0].position != nil)
        let asked = try await live.ptrctl("streams", "position", "tweets-1", "--set", "7")
        #expect(asked.status == 2 && asked.err.contains("say --yes"))
        // What is read again is new to the printed lines only where it is other than before: from far ahead nothing is.
        let set = try await live.ptrctl("streams", "position", "tweets-1", "--set", "7", "--yes")
        #expect(set.status == 0 && set.out.contains(/^tweets-1: goes on after 7, before \d+$/), "\(set)")
        let document = try await live.ptrctl("streams", "position", "tweets-2", "--json")
        try expect(document.out, fits: "StreamPosition")
        let forgotten = try await live.ptrctl("streams", "forget", "tweets-2", "--yes")
        #expect(forgotten.status == 0, "\(forgotten)")
        #expect(forgotten.out.contains(/^tweets-2: begins anew without an id, before \d+$/), "\(forgotten)")
        try await live.status { $0.streams.allSatisfy { $0.state == .open } }

        let unknown = try await live.ptrctl("streams", "forget", "tweets-9", "--yes")
        #expect(unknown.status == 6 && unknown.err.contains("there are tweets-1, tweets-2"))
        let control = try await live.ptrctl("streams", "position", "tweets-1", "--set", "a\nb", "--yes")
        #expect(control.status == 2 && control.err.contains("control character"))
        let long = try await live.ptrctl(
            "streams", "position", "tweets-1", "--set", String(repeating: "9", count: 10_000), "--yes")
        #expect(long.status == 6 && long.err.contains("max_id_bytes"), "\(long)")

        let audit = try await live.ptrctl("events", "--kind", "control", "-n", "20").out
        #expect(audit.contains(#"uid \#(getuid()), pid "#))
        #expect(audit.contains(#"set the position of stream "tweets-1" to "7""#))
        #expect(audit.contains(#"forget the position of stream "tweets-2""#))
        live.daemon.signal(SIGTERM)
        #expect(await live.daemon.status == 0)
        await live.feed.end()
    }
}
