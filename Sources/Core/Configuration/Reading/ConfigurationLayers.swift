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
            _ = Configuration(of: layer, problems: &problems)
            StreamSections.check(layer, problems: &problems)
            if merged == nil { merged = layer } else { merged?.merge(layer) }
        } catch {
            problems.add(
                ConfigurationProblem(
                    file: file, line: error.line, column: error.column,
                    message: "this is not TOML: \(error.message)", mend: error.mend),
                file: number)
            isIncomplete = true
        }
    }

    /// What the files say together.
    /// - Throws: all problems of all files. The rules between options are judged only where every file could be read.
    consuming func configuration(
        credentials: CredentialsDirectory? = nil, homes: Homes? = nil,
        inspection: (StreamConfiguration) -> [StreamFault] = { _ in [] }
    ) throws(ConfigurationError) -> Configuration {
        guard let merged, !isIncomplete else { throw ConfigurationError(problems: problems.sorted) }
        let root = StreamSections.writtenOut(merged, problems: &problems)
        var configuration = Configuration(of: root, problems: &problems)
        if let homes { configuration.take(homes) }
        var checks = CrossChecks(root: root, configuration: configuration, problems: problems)
        checks.run()
        if let credentials { checks.checkCredentials(in: credentials) }
        // Of what is there and right as far as can be said here.
        if checks.problems.isEmpty { checks.inspect(inspection) }
        guard checks.problems.isEmpty else { throw ConfigurationError(problems: checks.problems.sorted) }
        return configuration
    }
}

extension Configuration {
    /// What a tree says; the rest has its defaults, and so has what is wrong. What is no table has been reported by the schema.
    fileprivate init(of root: TOMLNode, problems: inout Problems) {
        self.init()
        for (name, node) in root["stream"]?.entries ?? [] {
            guard case .table = node.kind else { continue }
            var stream = StreamConfiguration(name: name, url: "")
            stream.read(Options.ofStream, from: root, problems: &problems)
            streams.append(stream)
        }
        for (name, node) in root["source"]?.entries ?? [] {
            guard case .table = node.kind else { continue }
            var source = SourceConfiguration(name: name)
            source.read(Options.ofSource, from: root, problems: &problems)
            sources.append(source)
        }
        read(Options.ofAll, from: root, problems: &problems)
    }

    /// Has the places of whoever runs ptrd where the files name none.
    fileprivate mutating func take(_ homes: Homes) {
        let options = Self.declarations
        for (option, place) in [
            (options.state.directory, homes.stateDirectory), (options.control.socket, homes.socket),
        ] where values[option.key] == nil { self[option] = place }
    }
}

extension OptionOwner {
    /// Takes over the values of a tree, and collects what is wrong with them.
    mutating func read(
        _ options: [any AnyOption<Self>], from root: TOMLNode, problems: inout Problems
    ) {
        for option in options {
            let key = key(of: option.key)
            guard let node = root[key] else { continue }
            do throws(Faults) {
                try option.read(node, into: &self)
            } catch {
                for fault in error.faults {
                    let part = fault.part
                    problems.add(
                        fault.message, mend: fault.mend, key: part.map { key + $0.key } ?? key,
                        at: part?.origin ?? node.origin)
                }
            }
        }
    }
}
