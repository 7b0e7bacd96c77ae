import EventSource
import Logging
import Testing

@testable import EventStreamInput

@Suite("What the ids of a stream over HTTP belong to")
struct SourceIdentityTests {
    @Test(
        "another value in the query is another stream, unless the parameter is ignored; order and fragment say nothing")
    func url() {
        let one = identity(ofURL: "http://h/a?topic=a&token=1#x", ignoring: ["token"])
        #expect(one == identity(ofURL: "http://h/a?token=2&topic=a", ignoring: ["token"]))
        #expect(one == identity(ofURL: "http://h/a?topic=a", ignoring: ["token"]))
        #expect(one != identity(ofURL: "http://h/a?topic=b&token=1", ignoring: ["token"]))
        #expect(one != identity(ofURL: "http://h/a?topic=a&token=1"))
        #expect(one != identity(ofURL: "http://h/b?topic=a", ignoring: ["token"]))
        #expect(identity(ofURL: "http://h/?t=a&t=b") != identity(ofURL: "http://h/?t=b&t=a"))
        #expect(identity(ofURL: "http://h/?ab") != identity(ofURL: "http://h/?a&b"))
        for user in ["u:p@", "u:other@", "u@", "u:p%40x@y@"] {
            #expect(one == identity(ofURL: "http://\(user)h/a?topic=a", ignoring: ["token"]))
        }
        #expect(identity(ofURL: "http://h/@a") != identity(ofURL: "http://h/a"))
        #expect(identity(ofURL: "http://h?@a") != identity(ofURL: "http://h?a"))
    }

    @Test("a stream over HTTP continues one that differs only in what it ignores itself")
    func continued() {
        func source(_ query: String, ignoring ignored: Set<String>) -> EventStreamSource {
            EventStreamSource(
                name: "a", configuration: EventSourceConfiguration(url: "http://h/?\(query)"),
                ignoredParameters: ignored, dialer: EventStreamDialer(), logger: Logger(label: "test"))
        }
        let old = source("topic=a&token=1", ignoring: [])
        let new = source("topic=a&token=2", ignoring: ["token"])
        #expect(new.continues(old) && !old.continues(new) && new.identity != old.identity)
        #expect(!source("topic=b&token=1", ignoring: ["token"]).continues(old))
        #expect(old.fullIdentity == old.identity && new.fullIdentity != old.identity)
        #expect(source("token=1&topic=a", ignoring: ["token"]).fullIdentity == old.identity)
    }
}
