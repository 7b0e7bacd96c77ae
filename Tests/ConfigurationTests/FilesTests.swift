import FoundationEssentials
import PtrConfiguration
import Testing

/// A folder that is gone after the test.
private final class TemporaryFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/ptr-configuration-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Writes a file, with the folders that it is in, and gives its path.
    @discardableResult
    func write(_ text: String, to name: String) throws -> String {
        try write(Data(text.utf8), to: name)
    }

    @discardableResult
    func write(_ data: Data, to name: String) throws -> String {
        let file = "\(path)/\(name)"
        let folder = String(file[..<(file.lastIndex(of: "/") ?? file.endIndex)])
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try data.write(to: URL(filePath: file))
        return file
    }
}

@Suite("Files")
struct FilesTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test("a main file is enough")
    func mainFile() throws {
        let main = try folder.write("[stream.a]\nurl = \"http://h\"", to: "any.toml")
        #expect(try Configuration.load(path: main).streams.map(\.name) == ["a"])
        #expect(Configuration.files(path: main) == [main])
    }

    @Test("what a file says of state and socket goes before the homes of whoever runs ptrd, in a drop-in, too")
    func homes() throws {
        let main = try folder.write("[stream.a]\nurl = \"http://h\"", to: "ptrd.toml")
        let homes = Homes(
            environment: { ["HOME": "/home/ada", "XDG_RUNTIME_DIR": "/run/user/1000"][$0] }, isRoot: false,
            isWritable: { _ in false })
        var configuration = try Configuration.load(path: main, homes: homes)
        #expect(configuration.state.directory == "/home/ada/.local/state/ptrd")
        #expect(configuration.control.socket == "/run/user/1000/ptrd.sock")
        #expect(try Configuration.load(path: main).state.directory == "/var/lib/ptrd")
        try folder.write(
            "[state]\ndirectory = \"/var/lib/ptrd\"\n[control]\nsocket = \"/run/ptrd.sock\"", to: "ptrd.d/a.toml")
        configuration = try Configuration.load(path: main, homes: homes)
        #expect(configuration.state.directory == "/var/lib/ptrd" && configuration.control.socket == "/run/ptrd.sock")
    }

    @Test("drop-ins override single keys and add streams, in the order of their names")
    func dropIns() throws {
        let main = try folder.write(
            """
            [stream.a]
            url = "http://one"
            idle_timeout = "30s"
            [flow]
            max_in_flight = 1000
            drain_timeout = "5s"
            """, to: "ptrd.toml")
        try folder.write(
            "[flow]\nmax_in_flight = 3000\n[stream.0]\nurl = \"http://three\"", to: "ptrd.d/20-late.toml")
        try folder.write(
            "[stream.a]\nurl = \"http://two\"\n[flow]\nmax_in_flight = 2000\n[stream.z]\nurl = \"http://z\"",
            to: "ptrd.d/10-early.toml")
        try folder.write("this is ignored", to: "ptrd.d/30-off.toml.disabled")
        try folder.write("this is ignored", to: "ptrd.d/.hidden.toml")
        let configuration = try Configuration.load(path: main)
        #expect(configuration.streams.map(\.name) == ["a", "z", "0"])
        #expect(configuration.streams[0].url == "http://two")
        #expect(configuration.streams[0].idleTimeout == .seconds(30))
        #expect(configuration.flow.maxInFlight == 3000)
        #expect(configuration.flow.drainTimeout == .seconds(5))
        #expect(configuration.flow.maxSpan == 12000)
        #expect(
            Configuration.files(path: main)
                == [main, "\(folder.path)/ptrd.d/10-early.toml", "\(folder.path)/ptrd.d/20-late.toml"])
    }

    @Test("a stream may stand in a drop-in alone")
    func streamInDropIn() throws {
        let main = try folder.write("", to: "ptrd.toml")
        try folder.write("[stream.a]\nurl = \"http://h\"", to: "ptrd.d/a.toml")
        #expect(try Configuration.load(path: main).streams.count == 1)
    }

    @Test("problems of all files are reported together, each under its file and line")
    func problemsOfAll() throws {
        let main = try folder.write("[stream.a]\nurl = \"http://h\"\n[flow]\nmax_in_flight = 0\n", to: "ptrd.toml")
        let first = try folder.write("\n[scaling]\nmni = 1\n", to: "ptrd.d/1.toml")
        let second = try folder.write("[flow]\nmax_in_flight = 1\n[stream.b]\n", to: "ptrd.d/2.toml")
        let error = #expect(throws: ConfigurationError.self) { try Configuration.load(path: main) }
        let places = error?.problems.map { "\($0.file):\($0.line ?? 0): \($0.key ?? "")" }
        #expect(
            places == [
                "\(main):4: flow.max_in_flight", "\(first):3: scaling.mni", "\(second):2: flow.max_in_flight",
                "\(second):3: stream.b.url",
            ])
    }

    @Test("a rule that two files break together is reported at the later one")
    func ruleOverFiles() throws {
        let main = try folder.write("[stream.a]\nurl = \"http://h\"\n[scaling]\nmax = 4\n", to: "ptrd.toml")
        let dropIn = try folder.write("[scaling]\nmin = 5\n", to: "ptrd.d/1.toml")
        let error = #expect(throws: ConfigurationError.self) { try Configuration.load(path: main) }
        #expect(error?.problems.map(\.file) == [dropIn])
        #expect(error?.problems.map(\.line) == [2])
        #expect(error?.problems.map(\.key) == ["scaling.min"])
    }

    @Test("a file that is no TOML does not hide what is wrong in the others")
    func syntaxInOne() throws {
        let main = try folder.write("[flow]\nmax_in_flight = 0\n", to: "ptrd.toml")
        let broken = try folder.write("[flow\n", to: "ptrd.d/1.toml")
        let error = #expect(throws: ConfigurationError.self) { try Configuration.load(path: main) }
        #expect(error?.problems.map(\.file) == [main, broken])
        #expect(error?.problems.map(\.line) == [2, 1])
    }

    @Test("a missing file is said to be missing")
    func missing() throws {
        let main = "\(folder.path)/none.toml"
        let error = #expect(throws: ConfigurationError.self) { try Configuration.load(path: main) }
        #expect(
            error?.description
                == "\(main): the file cannot be read: No such file or directory; write one, or name another with --config"
        )
    }

    @Test("a folder in a file's place is said to be one")
    func folderAsFile() throws {
        let error = #expect(throws: ConfigurationError.self) { try Configuration.load(path: folder.path) }
        #expect(error?.problems.first?.message == "the file cannot be read: Is a directory")
    }

    @Test("a file that is not UTF-8 is refused")
    func notUTF8() throws {
        let main = try folder.write(Data([0x61, 0xFF]), to: "ptrd.toml")
        let error = #expect(throws: ConfigurationError.self) { try Configuration.load(path: main) }
        #expect(error?.problems.first?.message == "the file is not UTF-8")
    }

    @Test("a file without end is not read to its end")
    func endless() {
        let error = #expect(throws: ConfigurationError.self) { try Configuration.load(path: "/dev/zero") }
        #expect(error?.problems.first?.message == "the file is larger than 4 MiB")
    }

    @Test("a credential that was handed over is good; its name is all that the configuration has")
    func credential() throws {
        let main = try folder.write("[stream.a]\nurl = \"http://h\"\nbearer_credential = \"token\"", to: "ptrd.toml")
        try folder.write("secret\n", to: "credentials/token")
        let directory = CredentialsDirectory(path: "\(folder.path)/credentials")
        let configuration = try Configuration.load(path: main, credentials: directory)
        #expect(configuration.streams[0].bearerCredential == "token")
        #expect(directory.file(of: "token") == "\(folder.path)/credentials/token")
    }

    @Test("a credential that is missing is a problem at its line, with the mend", arguments: [true, false])
    func missingCredential(hasDirectory: Bool) throws {
        let main = try folder.write("[stream.a]\nurl = \"http://h\"\nbearer_credential = \"token\"", to: "ptrd.toml")
        try folder.write("", to: "credentials/other")
        let directory = CredentialsDirectory(path: hasDirectory ? "\(folder.path)/credentials" : nil)
        let error = #expect(throws: ConfigurationError.self) {
            try Configuration.load(path: main, credentials: directory)
        }
        let problem = try #require(error?.problems.first)
        #expect((error?.problems.count, problem.line, problem.key) == (1, 3, "stream.a.bearer_credential"))
        #expect(problem.message.contains("\"token\" was not handed over"))
        #expect(problem.mend.contains("LoadCredential=token:PATH"))
    }

    @Test("an empty credential, or one that is a folder, is a problem")
    func uselessCredential() throws {
        let main = try folder.write("[stream.a]\nurl = \"http://h\"\nbearer_credential = \"token\"", to: "ptrd.toml")
        try folder.write("", to: "empty/token")
        try folder.write("", to: "folder/token/x")
        for (name, says) in [("empty", "is empty"), ("folder", "is not a file")] {
            let directory = CredentialsDirectory(path: "\(folder.path)/\(name)")
            let error = #expect(throws: ConfigurationError.self) {
                try Configuration.load(path: main, credentials: directory)
            }
            #expect(error?.problems.first?.message.contains(says) == true)
        }
    }

    @Test("outside the service, where no credential is handed over, the files alone are judged")
    func credentialsLeftOpen() throws {
        let main = try folder.write("[stream.a]\nurl = \"http://h\"\nbearer_credential = \"token\"", to: "ptrd.toml")
        #expect(try Configuration.load(path: main).streams[0].bearerCredential == "token")
    }
}
