import EventSource
import Logging
import NIOCore
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

    @Test("another method or body is another stream; of a body in a file the path counts, and secrets do not")
    func question() {
        func identity(_ change: (inout EventSourceConfiguration) -> Void) -> [UInt8] {
            var configuration = EventSourceConfiguration(url: "http://h/?a=b")
            change(&configuration)
            return EventStreamInput.identity(of: configuration)
        }
        let get = identity { $0.headers = [("X", "y")] }
        #expect(get == EventStreamInput.identity(ofURL: "http://h/?a=b"))
        #expect(get == identity { $0.credentials = [EventSourceCredential(.parameter("auth"), file: "/a")] })
        let questions = [
            get, identity { $0.method = "POST" },
            identity {
                $0.method = "POST"
                $0.body = ByteBuffer(string: "a")
            },
            identity {
                $0.method = "POST"
                $0.body = ByteBuffer(string: "b")
            },
            identity {
                $0.method = "PUT"
                $0.body = ByteBuffer(string: "a")
            },
            identity {
                $0.method = "POST"
                $0.bodyFile = "a"
            },
        ]
        #expect(Set(questions).count == questions.count)
        #expect(
            questions[2]
                == identity {
                    $0.method = "POST"
                    $0.body = ByteBuffer(string: "a")
                    $0.userAgent = "other"
                })
    }

    @Test("a token that moves from the URL to a credential leaves the stream where it is")
    func moved() {
        func source(_ url: String, _ ignored: Set<String>) -> EventStreamSource {
            EventStreamSource(
                name: "a", configuration: EventSourceConfiguration(url: url), ignoredParameters: ignored,
                dialer: EventStreamDialer(), logger: Logger(label: "test"))
        }
        #expect(source("http://h/?a=b", ["auth"]).continues(source("http://h/?a=b&auth=1", [])))
    }

    @Test("what may be a secret goes into what gets out as a hash only, and tells streams apart all the same")
    func eventLocations() {
        func location(_ url: String) -> [UInt8] { eventLocation(of: identity(ofURL: url, ignoring: ["token"])) }
        #expect(location("http://u:p@h/a?token=1") == Array("http://h/a".utf8))
        let one = location("http://h/a?key=secret&token=1")
        #expect(one == location("http://h/a?token=2&key=secret") && one != location("http://h/a?key=other"))
        #expect(!String(decoding: one, as: UTF8.self).contains("secret"))
    }
}
