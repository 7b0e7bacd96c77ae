/// The files of a configuration, laid over each other in the order in which they are added.
struct ConfigurationLayers {
    var problems = Problems()
    private var merged: TOMLNode?
    /// Whether a file could not be read at all: what is missing may be in it.
    private var isIncomplete = false

    /// Adds a file of the disk.
    mutating func add(file path: String) {
        do throws(ConfigurationProblem) {
            add(text: try ConfigurationFiles.text(of: path), file: path)
        } catch {
            problems.files.append(path)
            problems.add(error, file: problems.files.count - 1)
            isIncomplete = true
        }
    }

    /// Adds a text. Its own problems are found here, each at its place, even if a later file overrides the key.
    mutating func add(text: String, file: String) {
        let number = problems.files.count
        problems.files.append(file)
        do throws(TOMLDocument.SyntaxError) {
            let layer = try TOMLDocument.parse(text, file: number)
            Schema.shared.check(layer, problems: &problems)
            var reader = ConfigurationReader(root: layer, problems: problems)
            _ = reader.configuration()
            problems = reader.problems
            if merged == nil { merged = layer } else { merged?.merge(layer) }
        } catch {
            problems.add(
                ConfigurationProblem(
                    file: file, line: error.line, column: error.column, key: nil,
                    message: "this is not TOML: \(error.message)", mend: error.mend),
                file: number)
            isIncomplete = true
        }
    }

    /// What the files say together.
    /// - Throws: all problems of all files. The rules between options are judged only where every file could be read.
    consuming func configuration(
        main: String, credentials: CredentialsDirectory? = nil, homes: Homes? = nil
    ) throws(ConfigurationError) -> Configuration {
        guard let merged, !isIncomplete else { throw ConfigurationError(problems: problems.sorted) }
        var reader = ConfigurationReader(root: merged, problems: problems)
        var configuration = reader.configuration()
        if let homes {
            if merged[Options.State.directory.key] == nil { configuration.state.directory = homes.stateDirectory }
            if merged[Options.Control.socket.key] == nil { configuration.control.socket = homes.socket }
        }
        var checks = CrossChecks(root: merged, configuration: configuration, problems: reader.problems)
        checks.run()
        if let credentials { checks.checkCredentials(in: credentials) }
        guard checks.problems.isEmpty else { throw ConfigurationError(problems: checks.problems.sorted) }
        return configuration
    }
}
