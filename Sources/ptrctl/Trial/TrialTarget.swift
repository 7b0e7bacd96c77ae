import ControlClient
import EventSource
import Glibc
import Locking
import ProgramKit
import PtrConfiguration
import StreamSettings
import Templates

/// What is to be tried, as the command line names it.
struct TrialTarget: Sendable {
    /// The URL of a stream.
    var url = ""
    var headers: [(name: String, value: String)] = []
    var bearerFile: String?
    var headerFiles: [(name: String, path: String)] = []
    /// Or the name of one in the configuration.
    var stream: String?
    var configuration: String
    var format: String?
    /// Conditions on events, beside or in the place of those of the configuration.
    var condition: String?
    var events: [String] = []
    /// What is handed over to this process: $CREDENTIALS_DIRECTORY.
    var credentialsFolder: String?

    /// The main file where none is named.
    static let defaultConfiguration = Configuration.defaultPath
}

/// Why there is nothing to try.
struct TrialRefusal: Error {
    let text: String
    var hint: String?
    let status: ExitStatus
}

extension TrialTarget {
    /// How it is connected. Reads files.
    func settings() async throws(TrialRefusal) -> TrialSettings {
        var settings = if let stream { try await configured(stream) } else { try await given() }
        if let format { settings.format = try Self.template(format) }
        settings.filter = TrialFilter(settings.stream)
        return settings
    }

    private func given() async throws(TrialRefusal) -> TrialSettings {
        let name = StreamNaming.name(for: url)
        var text = "[stream.\(name)]\nurl = \(TOMLText.quoted(url))\n"
        if !headers.isEmpty {
            let words = headers.map { "\(TOMLText.quoted($0.name)) = \(TOMLText.quoted($0.value))" }
            text += "headers = { \(words.joined(separator: ", ")) }\n"
        }
        if let condition { text += "where = \(TOMLText.quoted(condition))\n" }
        if !events.isEmpty { text += "events = [\(events.map(TOMLText.quoted).joined(separator: ", "))]\n" }
        let stream: StreamConfiguration
        do throws(ConfigurationError) {
            // The rules of the configuration are those of the command line.
            stream = try Configuration.parse(text, file: "").streams[0]
        } catch {
            let problem = error.problems[0]
            throw TrialRefusal(text: problem.message, hint: problem.mend, status: .usage)
        }
        var settings = TrialSettings(stream: stream, source: .of(stream) { _ in nil })
        settings.bearerFile = bearerFile.map(Self.absolute)
        settings.source.bearerTokenFile = settings.bearerFile
        for (name, path) in headerFiles {
            let value = try await Self.secret(in: path)
            settings.headerFiles.append((name, Self.absolute(path)))
            settings.source.headers.removeAll { $0.name.lowercased() == name.lowercased() }
            settings.source.headers.append((name, value))
        }
        if let path = settings.bearerFile { _ = try await Self.secret(in: path) }
        return settings
    }

    private func configured(_ name: String) async throws(TrialRefusal) -> TrialSettings {
        let path = self.configuration
        let configuration: Configuration
        do throws(ConfigurationError) {
            configuration = try await SerialQueue("configuration").run { () throws(ConfigurationError) in
                try Configuration.load(path: path)
            }
        } catch {
            throw TrialRefusal(
                text: error.description, hint: "`ptrd --check-config --config \(path)` says the same",
                status: access(path, R_OK) == 0 ? .failed : errno == EACCES ? .denied : .precondition)
        }
        let names = configuration.streams.map(\.name)
        guard let stream = configuration.streams.first(where: { $0.name == name }) else {
            throw TrialRefusal(
                text: "there is no stream \"\(name)\" in \(path)", hint: VerbContext.hint(for: name, among: names),
                status: .precondition)
        }
        let credentials = TrialCredentials(
            handedOver: CredentialsDirectory(path: credentialsFolder))
        var source = EventSourceConfiguration.of(stream, credential: credentials.file(of:))
        let route = EventStreamRoute(stream, credential: credentials.file(of:))
        if let missing = credentials.missing.first {
            throw TrialRefusal(
                text: "the credential \"\(missing.name)\" cannot be had: \(missing.reason)",
                hint: missing.isDenied
                    ? "sudo ptrctl try --stream \(name)"
                    : "it comes by LoadCredential=\(missing.name):PATH in the unit",
                status: missing.isDenied ? .denied : .failed)
        }
        source.lastEventID = Array((stream.initialEventID ?? "").utf8)
        var settings = TrialSettings(stream: stream, source: source, isConfigured: true)
        settings.route = route
        if configuration.handler.kind == .print,
            case .template(let template)? = stream.format ?? configuration.handler.print.format
        {
            settings.format = template
        }
        return settings
    }

    private static func template(_ text: String) throws(TrialRefusal) -> Template {
        do throws(TemplateError) {
            return try Template(text)
        } catch {
            throw TrialRefusal(text: "--format: \(error.message)", hint: error.mend, status: .usage)
        }
    }

    /// What a file holds, without the line end that editors put behind it.
    private static func secret(in path: String) async throws(TrialRefusal) -> String {
        let (bytes, error) = await SerialQueue("secret").run { () -> ([UInt8], CInt?) in
            let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
            guard descriptor >= 0 else { return ([], errno) }
            defer { close(descriptor) }
            return readAll(of: descriptor, most: 64 << 10)
        }
        if let error {
            throw TrialRefusal(
                text: "cannot read \(path): \(systemMessage(error))",
                hint: error == EACCES ? "try as who may read it: sudo ptrctl try …" : nil,
                status: error == EACCES ? .denied : .precondition)
        }
        let value = String(decoding: bytes, as: UTF8.self).trimmed
        guard !value.isEmpty else { throw TrialRefusal(text: "\(path) is empty", status: .precondition) }
        return value
    }

    /// The whole path of what is named from where we are.
    private static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let here = getcwd(nil, 0) else { return path }
        defer { free(here) }
        return "\(String(cString: here))/\(path.trimmingPrefix("./"))"
    }
}

extension String {
    /// Without white space at both ends.
    var trimmed: String {
        var text = drop(while: \.isWhitespace)[...]
        while text.last?.isWhitespace == true { text = text.dropLast() }
        return String(text)
    }
}
