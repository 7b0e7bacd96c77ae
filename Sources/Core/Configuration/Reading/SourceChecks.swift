// The rules between the options of `[source.NAME]`, and between them and others.
extension CrossChecks {
    private var ofSource: SourceOptions { SourceConfiguration.declarations }

    mutating func checkSources() {
        for source in configuration.sources {
            let key = OptionKey(["source", source.name])
            guard let node = root[key] else { continue }
            func add(_ message: String, _ mend: String, at option: OptionKey) {
                problems.add(message, mend: mend, key: source.key(of: option), at: node.origin)
            }
            if root[source.key(of: ofSource.kind.key)] == nil {
                add("the source has no kind", "add kind = \"nats\" below it", at: ofSource.kind.key)
            }
            for option in [ofSource.stream.key, ofSource.consumer.key] where root[source.key(of: option)] == nil {
                let name = option.components.last ?? ""
                add("the source has no \(name)", "add \(name) = \"…\" below it", at: option)
            }
            if configuration.nats.servers.isEmpty, root[options.nats.servers.key] == nil {
                add(
                    "the source needs a broker", "add [nats] and below it servers = [\"nats://broker:4222\"]",
                    at: ofSource.kind.key)
            }
            if configuration.streams.contains(where: { $0.name == source.name }) {
                problems.add(
                    "a stream has this name, too", mend: "let one of them have another name", key: key,
                    at: node.origin)
            }
            if !source.create, !source.subjects.isEmpty {
                report(
                    "subjects is what a stream takes that is made here, and create is false",
                    mend: "add create = true, or remove subjects", at: [source.key(of: ofSource.subjects.key)])
            }
        }
        var first: [String: String] = [:]
        for source in configuration.sources {
            guard let stream = source.stream, let consumer = source.consumer else { continue }
            if let other = first.updateValue(source.name, forKey: "\(stream)\n\(consumer)") {
                report(
                    "\(other) takes from the consumer \(consumer) of \(stream), too",
                    mend: "remove one of them: one source takes as much as the window holds",
                    at: [source.key(of: ofSource.consumer.key)])
            }
        }
    }
}
