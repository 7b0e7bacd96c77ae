import NIOCore
import Testing
import WorkerProtocol

@Suite("A program that is started for one message")
struct OneshotProtocolTests {
    @Test("has all but the data in its environment")
    func environment() {
        #expect(
            OneshotProtocol.environment(of: .example(type: "edit", key: "k")) == [
                "PTR_ID": "tweets-1/438", "PTR_STREAM": "tweets-1", "PTR_SOURCE": "urn:ptr:stream:tweets-1",
                "PTR_TYPE": "edit", "PTR_TIME": "2026-11-27T15:33:37.120456Z", "PTR_SEQ": "485", "PTR_EVENTID": "438",
                "PTR_ATTEMPT": "1", "PTR_KEY": "k",
            ])
        let variables = OneshotProtocol.environment(of: .example(eventID: ""))
        #expect(variables["PTR_EVENTID"] == nil && variables["PTR_KEY"] == nil && variables["PTR_TYPE"] == "message")
    }

    @Test("can be started whatever the message holds")
    func odd() {
        let long = String(repeating: "x", count: 70_000)
        let variables = OneshotProtocol.environment(of: .example(type: "a\0b", eventID: long))
        #expect(variables["PTR_TYPE"] == "a\u{FFFD}b" && variables["PTR_EVENTID"] == nil)
    }

    @Test("answers with its exit status")
    func endings() {
        let endings: [Int32: OneshotProtocol.Ending] = [
            0: .done, 75: .failed, 65: .rejected, 69: .unavailable, 1: .crashed, 2: .crashed, 127: .crashed,
        ]
        for (status, ending) in endings { #expect(OneshotProtocol.Ending(status: status) == ending) }
    }
}
