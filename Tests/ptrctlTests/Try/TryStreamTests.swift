import Foundation
import PtrConfiguration
import StreamSettings
import Testing

@testable import ptrctl

@Suite("ptrctl try --stream", .timeLimit(.minutes(1)))
struct TryStreamTests {
    private static let token = "c4n4ry-of-a-token/with+slash=="

    @Test("connects with what the configuration and its credentials say, and prints by its format")
    func configured() async throws {
        try await withServer({ _ in .stream("id: 8\ndata: {\"a\":\"b\"}\n\n") }) { server in
            let text = """
                [stream.a]
                url = "\(server.url("/x?topic=b"))"
                headers = { Accept-Language = "en" }
                bearer_credential = "a-token"
                initial_event_id = "7"
                [handler.print]
                format = "{@stream} {a}"
                """
            try await withConfiguration(text) { path in
                let folder = URL(filePath: path).deletingLastPathComponent()
                try Data("\(Self.token)\n".utf8).write(to: folder.appending(path: "a-token"))
                let outcome = await ptrctl(
                    ["try", "--stream", "a", "--config", path, "-n", "1"],
                    environment: ["CREDENTIALS_DIRECTORY": folder.path])
                #expect(outcome.status == 0 && outcome.out.contains("→ a b\n"), "\(outcome)")
                #expect(outcome.out.contains("● trying a, http://127.0.0.1:\(server.port)/x?topic=…"))
                #expect(!outcome.out.contains("[stream.a]") && !outcome.out.contains(Self.token))
                let head = try #require(server.requests.first)
                for field in [
                    "GET /x?topic=b ", "Authorization: Bearer \(Self.token)", "Accept-Language: en", "Last-Event-ID: 7",
                ] {
                    #expect(head.contains(field), "\(field) in \(head)")
                }
            }
        }
    }

    @Test("says which credential is not to be had")
    func noCredential() async throws {
        try await withConfiguration("[stream.a]\nurl = \"http://127.0.0.1:1/\"\nbearer_credential = \"gone-token\"") {
            path in
            let outcome = await ptrctl(["try", "--stream", "a", "--config", path])
            #expect(outcome.status == 1 && outcome.out.isEmpty, "\(outcome)")
            #expect(outcome.err.contains("the credential \"gone-token\" cannot be had: "), "\(outcome.err)")
            #expect(outcome.err.contains("LoadCredential=gone-token:PATH"))
        }
    }

    @Test("finds the file that the unit names for a credential, and says why it cannot be used")
    func unit() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "ptr-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "here").path
        try Data("x".utf8).write(to: URL(filePath: file))
        let unit = UnitFile(
            named: "ptrd.service",
            text: """
                [Service]
                LoadCredential=a:\(file)
                LoadCredential=b:/nonexistent/b
                LoadCredentialEncrypted=c:/etc/c
                """)
        let credentials = TrialCredentials(
            handedOver: CredentialsDirectory(path: nil), service: "/nonexistent", unit: unit)
        #expect(credentials.file(of: "a") == file && credentials.missing.isEmpty)
        for (name, words) in [
            ("b", "/nonexistent/b, which the unit names for it, cannot be read: No such file"),
            ("c", "it is encrypted, and only systemd hands it over"),
            ("d", "no LoadCredential= of ptrd.service names it"),
        ] {
            #expect(credentials.file(of: name) == nil)
            #expect(credentials.missing.last?.name == name)
            #expect(credentials.missing.last?.reason.hasPrefix(words) == true, "\(credentials.missing)")
        }
    }

    @Test("knows the streams that there are")
    func unknown() async throws {
        try await withConfiguration("[stream.tweets-1]\nurl = \"http://a/\"") { path in
            let outcome = await ptrctl(["try", "--stream", "tweets-2", "--config", path])
            #expect(outcome.status == 6 && outcome.err.contains("there is no stream \"tweets-2\" in \(path)"))
            #expect(outcome.err.contains("did you mean tweets-1?"))
        }
        let missing = await ptrctl(["try", "--stream", "a", "--config", "/nonexistent/ptrd.toml"])
        #expect(missing.status == 6, "\(missing)")
        try await withConfiguration("[stream.a]\nurl = \"nonsense\"\n[flow]\nx = 1") { path in
            let wrong = await ptrctl(["try", "--stream", "a", "--config", path])
            #expect(wrong.status == 1 && wrong.err.contains("ptrd.toml:2: stream.a.url: "), "\(wrong)")
            #expect(wrong.err.contains("ptrd.toml:4: flow.x: ") && wrong.err.contains("ptrd --check-config"))
        }
    }
}

@Suite("ptrctl try keeps secrets", .timeLimit(.minutes(1)))
struct TrySecretTests {
    private static let canary = "c4n4ry/0f-4-s3cret+"
    private static let key = "k3y-c4n4ry-9f8e7d6c"
    private static let query = "qu3ry-c4n4ry-1234"

    /// A server that says back, in all places, what it was asked with.
    private static func echo(_ head: String) -> TrialServer.Answer {
        func value(_ name: String) -> String {
            let line = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("\(name): ") } ?? ""
            return String(line.dropFirst(name.count + 2))
        }
        let all = "\(value("authorization")) \(value("x-api-key")) \(head.split(separator: " ")[1])"
        let json = all.replacing("/", with: "\\/")
        if head.contains("GET /refuse") { return .page("403 \(all)", "you sent \(all)", fields: "Server: \(all)\r\n") }
        if head.contains("GET /page") { return .page("200 OK", all, fields: "Content-Type: text/html;\(all)\r\n") }
        if head.contains("GET /away") {
            return .page(
                "302 Found",
                fields:
                    "Location: /stream\(head.split(separator: " ")[1].drop { $0 != "?" })&x=\(value("x-api-key"))\r\n")
        }
        return .stream(
            ": \(all)\nid: \(all)\nevent: \(all)\ndata: {\"\(json)\":\"\(json)\"}\n\nid: \(all)\ndata: \(all)\n\n",
            fields: "Server: \(all)\r\nSet-Cookie: s=\(all)\r\nVia: \(all)\r\n")
    }

    @Test("whatever the server says back of them", arguments: ["/stream", "/refuse", "/page", "/away"])
    func canaries(path: String) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "ptr-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (bearer, key) = (folder.appending(path: "bearer").path, folder.appending(path: "key").path)
        try Data("\(Self.canary)\n".utf8).write(to: URL(filePath: bearer))
        try Data(Self.key.utf8).write(to: URL(filePath: key))
        try await withServer(Self.echo) { server in
            for options in [[], ["--json"], ["--format", "{@id} {@event} {@data}"]] {
                let outcome = await ptrctl(
                    ["try", "-n", "2", "--bearer-file", bearer, "--header-file", "X-Api-Key=\(key)"] + options
                        + [server.url("\(path)?auth=\(Self.query)")])
                let head = try #require(server.requests.last)
                #expect(head.contains(Self.query))
                #expect(server.requests[0].contains(Self.canary) && server.requests[0].contains(Self.key))
                let all = outcome.out + outcome.err
                for secret in [Self.canary, Self.key, Self.query, Self.canary.replacing("/", with: "\\/")] {
                    #expect(!all.contains(secret), "\(secret) in \(all)")
                }
                #expect(!all.lowercased().contains("c4n4ry"), "\(all)")
                #expect(path == "/stream" || path == "/away" || outcome.status == 1)
            }
        }
    }

    @Test("takes none from the command line, and says how it is done instead")
    func commandLine() async {
        for name in ["Authorization", "Cookie", "X-Api-Key", "x-auth-token", "Proxy-Authorization"] {
            let outcome = await ptrctl(["try", "--header", "\(name): \(Self.canary)", "http://127.0.0.1:1/"])
            #expect(outcome.status == 2 && outcome.err.contains("--header-file \(name)=PATH"), "\(outcome)")
            #expect(!outcome.err.contains(Self.canary))
            #expect(outcome.err.contains("which everybody sees in `ps`"))
        }
    }

    @Test("leaves values of a URL that look secret out of the configuration, and names the credential")
    func suggestion() async throws {
        try await withServer({ _ in .stream("data: x\n\n") }) { server in
            let folder = FileManager.default.temporaryDirectory
            let file = folder.appending(path: "ptr-\(UUID().uuidString)").path
            defer { try? FileManager.default.removeItem(atPath: file) }
            try Data(Self.canary.utf8).write(to: URL(filePath: file))
            let outcome = await ptrctl([
                "try", "-n", "1", "--bearer-file", file, server.url("/news?topic=b&auth=\(Self.query)"),
            ])
            #expect(outcome.out.contains("bearer_credential = \"news-token\""), "\(outcome.out)")
            #expect(outcome.out.contains("LoadCredential=news-token:\(file)"))
            #expect(outcome.out.contains("/news?topic=b") && !outcome.out.contains(Self.query))
        }
    }

    @Test("shows what is no secret of a URL, though the server says it back")
    func topic() async throws {
        try await withServer({ _ in .stream("data: {\"topic\":\"breaking-news\"}\n\n") }) { server in
            let outcome = await ptrctl(["try", "-n", "1", server.url("/news?topic=breaking-news")])
            #expect(outcome.out.contains(#"{"topic":"breaking-news"}"#), "\(outcome.out)")
        }
    }

    @Test("says which file cannot be read")
    func files() async {
        let missing = await ptrctl(["try", "--bearer-file", "/nonexistent/t", "http://127.0.0.1:1/"])
        #expect(missing.status == 6 && missing.err.contains("cannot read /nonexistent/t: No such file"))
        let empty = await ptrctl(["try", "--header-file", "X=/dev/null", "http://127.0.0.1:1/"])
        #expect(empty.status == 6 && empty.err.contains("/dev/null is empty"))
    }
}
