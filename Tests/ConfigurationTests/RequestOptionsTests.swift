import Foundation
import Testing

@testable import PtrConfiguration

@Suite("What a stream's request is made of")
struct RequestOptionsTests {
    private func stream(_ lines: String, url: String = "http://h/") throws -> StreamConfiguration {
        try #require(
            Configuration.parse("[stream.a]\nurl = \"\(url)\"\n\(lines)", file: "f").streams.first)
    }

    @Test("by default a plain GET without cookies, of which no refusal is final")
    func defaults() throws {
        let stream = try stream("")
        let request = stream.request
        #expect(request.method == "GET" && request.body == nil && request.bodyFile == nil)
        #expect(request.contentType == nil && stream.bodyType == nil && request.userAgent == nil)
        #expect(request.headerCredentials == [:] && request.basicCredential == nil && request.queryCredentials == [:])
        #expect(!request.cookies)
        #expect(stream.onRefusal == .retry)
    }

    @Test("a refusal of another method than GET is final, unless the file says otherwise")
    func refusals() throws {
        #expect(try stream("method = \"POST\"").onRefusal == .stop)
        #expect(try stream("method = \"POST\"\nretry_server_errors = false").onRefusal == .stop)
        #expect(try stream("method = \"POST\"\non_refusal = \"retry\"").onRefusal == .retry)
        #expect(try stream("method = \"GET\"").onRefusal == .retry)
    }

    @Test(
        "a body is JSON, unless the file says otherwise",
        arguments: [
            (#"body = '{ "a": 1 }'"#, "application/json"), ("body_file = \"/srv/body\"", "application/json"),
            ("body = \"why?\"\ncontent_type = \"text/plain; charset=utf-8\"", "text/plain; charset=utf-8"),
            (
                "body = \"a=b\"\nheaders = { content-type = \"application/x-www-form-urlencoded\" }",
                "application/x-www-form-urlencoded"
            ),
            ("body = \"[]\"\ncontent_type = \"application/ld+json\"", "application/ld+json"),
        ])
    func bodyType(lines: String, type: String) throws {
        #expect(try stream("method = \"POST\"\n\(lines)").bodyType == type)
    }

    @Test("a stream of a Unix socket", arguments: ["http+unix://%2Frun%2Ffeed.sock/events?a=b", "https+unix://%2fa"])
    func unixSocket(url: String) throws {
        #expect(try stream("", url: url).url == url)
    }

    private static let bad: [BadInput] = [
        BadInput("method = \"post\"", "3: stream.a.method", says: "in capitals", "write \"POST\""),
        BadInput("method = \"GET /\"", "3: stream.a.method", says: "is not a method"),
        BadInput("method = \"\"", "3: stream.a.method", says: "is not a method"),
        BadInput("method = \"HEAD\"", "3: stream.a.method", says: "brings no stream"),
        BadInput("method = \"POST\"\nbody = \"\"", "4: stream.a.body", says: "is empty"),
        BadInput("method = \"POST\"\nbody = 1", "4: stream.a.body", says: "should be a string"),
        BadInput(
            "method = \"POST\"\nbody = \"\(String(repeating: "x", count: (1 << 20) + 1))\"", "4: stream.a.body",
            says: "larger than 1 MiB"),
        BadInput(
            "method = \"POST\"\nbody = \"{}\"\nbody_file = \"/x\"", "5: stream.a.body_file", says: "are two bodies"),
        BadInput("body = \"{}\"", "3: stream.a.body", says: "a GET has no body", "method = \"POST\""),
        BadInput("body_file = \"/x\"\nmethod = \"GET\"", "4: stream.a.method", says: "a GET has no body"),
        BadInput("body_file = \"x\"\nmethod = \"POST\"", "3: stream.a.body_file", says: "not an absolute path"),
        BadInput("content_type = \"text/plain\"", "3: stream.a.content_type", says: "there is none"),
        BadInput("content_type = \"json\"\nmethod = \"POST\"", "3: stream.a.content_type", says: "not a media type"),
        BadInput(
            "method = \"POST\"\nbody = '{ \"a\": 1, }'", "4: stream.a.body",
            says: "not the JSON that it is sent as (application/json)", "content_type"),
        BadInput(
            "method = \"POST\"\nbody = 'a'\ncontent_type = \"application/ld+json; x=y\"", "5: stream.a.content_type",
            says: "not the JSON"),
        BadInput("user_agent = \"\"", "3: stream.a.user_agent", says: "1 to 256 bytes"),
        BadInput("user_agent = \"a\\nb\"", "3: stream.a.user_agent", says: "on one line"),
        BadInput("header_credentials = \"key\"", "3: stream.a.header_credentials", says: "{ Authorization ="),
        BadInput(
            "header_credentials = { \"a b\" = \"k\" }", "3: stream.a.header_credentials.\"a b\"",
            says: "not a header's name"),
        BadInput("header_credentials.Host = \"k\"", "3: stream.a.header_credentials.Host", says: "itself"),
        BadInput("header_credentials.X = \"a/b\"", "3: stream.a.header_credentials.X", says: "name of a credential"),
        BadInput("header_credentials.X = 1", "3: stream.a.header_credentials.X", says: "should be a string"),
        BadInput("header_credentials = { X = \"k\", x = \"l\" }", "3: stream.a.header_credentials.x", says: "twice"),
        BadInput("query_credentials = { \"a=\" = \"k\" }", "3: stream.a.query_credentials.\"a=\"", says: "parameter"),
        BadInput("query_credentials = [\"auth\"]", "3: stream.a.query_credentials", says: "should be a table"),
        BadInput("basic_credential = \"\"", "3: stream.a.basic_credential", says: "name of a credential"),
        BadInput("cookies = \"a=b\"", "3: stream.a.cookies", says: "true or false"),
        BadInput(
            "bearer_credential = \"a\"\nbasic_credential = \"b\"", "4: stream.a.basic_credential",
            says: "stream.a.bearer_credential and stream.a.basic_credential set the same header"),
        BadInput(
            "bearer_credential = \"a\"\nheader_credentials.authorization = \"b\"",
            "4: stream.a.header_credentials.authorization", says: "set the same header"),
        BadInput(
            "headers = { X-Key = \"a\" }\nheader_credentials = { x-key = \"b\" }",
            "4: stream.a.header_credentials.x-key", says: "set the same header"),
        BadInput(
            "user_agent = \"a\"\nheaders.User-Agent = \"b\"", "4: stream.a.headers.User-Agent",
            says: "set the same header"),
        BadInput(
            "method = \"POST\"\nbody = \"{}\"\ncontent_type = \"application/json\"\nheaders.Content-Type = \"a/b\"",
            "6: stream.a.headers.Content-Type", says: "set the same header"),
        BadInput(
            "query_credentials.token = \"b\"", "3: stream.a.query_credentials.token", says: "has this parameter already"
        ),
        BadInput(
            "query_credentials.\"a b\" = \"b\"", "3: stream.a.query_credentials.\"a b\"", says: "this parameter already"
        ),
    ]

    @Test("what is wrong, or contradicts itself, is refused at its line, and no body is told", arguments: bad)
    func refused(input: BadInput) {
        let error = #expect(throws: ConfigurationError.self) {
            try Configuration.parse("[stream.a]\nurl = \"http://h/?token=1&a%20b=2\"\n\(input.text)", file: "f")
        }
        let problems = error?.problems ?? []
        #expect(problems.map { "\($0.line ?? 0): \($0.key ?? "")" } == input.places, "\(problems)")
        let words = problems.first.map { "\($0.message); \($0.mend)" } ?? ""
        for word in input.says { #expect(words.contains(word), "\(words)") }
        #expect(!words.contains("{ \"a\": 1, }"))
    }

    @Test("a body is shown by its size, credentials by their names")
    func shown() throws {
        func text(_ body: String) -> String {
            """
            [stream.a]
            url = "http://h/"
            method = "POST"
            body = '\(body)'
            header_credentials = { X-Key = "key", Authorization = "auth" }
            query_credentials = { "a b" = "token" }
            """
        }
        let old = try Configuration.parse(text(#"{ "SECRET": 1 }"#), file: "f")
        let settings = Dictionary(uniqueKeysWithValues: old.settingsInForce { $0 }.map { ($0.key, $0.value) })
        #expect(settings["stream.a.body"] == "{ 15 bytes }")
        #expect(settings["stream.a.header_credentials"] == #"{ Authorization = "auth", X-Key = "key" }"#)
        #expect(settings["stream.a.query_credentials"] == #"{ "a b" = "token" }"#)
        let changes = try old.changes(to: Configuration.parse(text(#"{ "OTHER": 12 }"#), file: "f"))
        #expect(changes.map(\.key) == ["stream.a.body"])
        #expect(changes.first?.before == "{ 15 bytes }" && changes.first?.isLive == true)
    }

    @Test("each credential that is named has to be handed over")
    func credentials() throws {
        let text = """
            [stream.a]
            url = "http://h/"
            header_credentials = { X-Key = "one", Cookie = "two" }
            query_credentials = { auth = "three" }
            basic_credential = "four"
            """
        let file = "/tmp/ptr-request-\(UInt32.random(in: 0 ... .max)).toml"
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: file) }
        #expect(throws: Never.self) { try Configuration.load(path: file) }
        let error = #expect(throws: ConfigurationError.self) {
            try Configuration.load(path: file, credentials: CredentialsDirectory(path: "/nowhere"))
        }
        #expect(
            error?.problems.map { "\($0.line ?? 0): \($0.key ?? "")" } == [
                "3: stream.a.header_credentials.X-Key", "3: stream.a.header_credentials.Cookie",
                "4: stream.a.query_credentials.auth", "5: stream.a.basic_credential",
            ])
        #expect(error?.problems.last?.mend.contains("LoadCredential=four:PATH") == true)
    }
}
