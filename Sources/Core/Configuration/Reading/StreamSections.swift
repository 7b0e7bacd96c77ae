/// Streams that are not written out one by one: what `[stream_defaults]` gives to all of them, and those that `[streams.NAME]`
/// makes of its lists. They are written out in the tree, so that whoever reads it finds each stream in a section of its own.
enum StreamSections {
    /// The section whose values all streams have that have none of their own.
    static let defaults = "stream_defaults"
    /// The section of those that make many streams.
    static let templates = "streams"

    /// The keys that may stand in these sections.
    static var keys: [OptionKey] {
        let options = Options.ofStream.map { Array($0.key.components.dropFirst(2)) }
        return options.filter { $0 != ["url"] }.map { OptionKey([defaults] + $0) }
            + (options + [["each"]]).map { OptionKey([templates, "*"] + $0) }
    }

    /// Of these a stream has one at most: its own takes the place of another one in the defaults.
    private static let rivals: [Set<String>] = [["body", "body_file"], ["bearer_credential", "basic_credential"]]
    /// Tables of headers, whose names do not differ by case.
    private static let tablesOfHeaders: Set<String> = ["headers", "header_credentials"]

    /// The tree with every stream in a section of its own.
    static func writtenOut(_ root: TOMLNode, problems: inout Problems) -> TOMLNode {
        guard case .table(var tables) = root.kind, tables[defaults] != nil || tables[templates] != nil else {
            return root
        }
        let common = common(in: root)
        if let node = tables[defaults] { problems.share(node, of: OptionKey([defaults])) }
        var streams: [String: TOMLNode] = [:]
        for (name, node) in root["stream"]?.entries ?? [] { streams[name] = node.over(common) }
        var makers: [String: StreamTemplate] = [:]
        for (name, node) in root[OptionKey([templates])]?.entries ?? [] {
            problems.share(node, of: OptionKey([templates, name]))
            guard let template = StreamTemplate(name, node, problems: &problems) else { continue }
            for made in template.streams(problems: &problems) {
                if let fault = StreamName.fault(of: made.name) {
                    problems.add(
                        "\(TOMLText.quoted(made.name)): \(fault)", mend: StreamName.mend, key: template.key + "each",
                        at: template.each.origin)
                } else if let other = streams[made.name] {
                    report(made.name, template, other, madeBy: makers[made.name], problems: &problems)
                } else {
                    (streams[made.name], makers[made.name]) = (made.node.over(common), template)
                }
            }
        }
        guard !streams.isEmpty else { return root }
        let origin = (tables["stream"] ?? tables[templates])?.origin ?? root.origin
        tables["stream"] = TOMLNode(kind: .table(streams), origin: origin)
        return TOMLNode(kind: .table(tables), origin: root.origin)
    }

    /// Finds what is wrong with the values of these sections in one file. What has placeholders is known when it has been filled.
    static func check(_ file: TOMLNode, problems: inout Problems) {
        if let node = file[OptionKey([defaults])] { check(node, of: OptionKey([defaults]), problems: &problems) }
        for (name, node) in file[OptionKey([templates])]?.entries ?? [] {
            check(node, of: OptionKey([templates, name]), problems: &problems)
        }
    }

    private static func check(_ node: TOMLNode, of section: OptionKey, problems: inout Problems) {
        guard case .table = node.kind else { return }
        problems.share(node, of: section)
        let name = "x"
        let streams = TOMLNode(kind: .table([name: node]), origin: node.origin)
        let root = TOMLNode(kind: .table(["stream": streams]), origin: node.origin)
        let options = Options.ofStream.filter { option in
            let key = option.key.components[2]
            guard section.components.count == 1 else {
                return !(node[OptionKey([key])].map { StreamTemplate.mayBeFilled(key, $0) } ?? false)
            }
            return key != "url"
        }
        var stream = StreamConfiguration(name: name, url: "")
        stream.read(options, from: root, problems: &problems)
    }

    /// What the streams have in common.
    private static func common(in root: TOMLNode) -> TOMLNode? {
        guard let node = root[OptionKey([defaults])], case .table(var table) = node.kind else { return nil }
        table["url"] = nil
        return TOMLNode(kind: .table(table), origin: node.origin)
    }

    private static func report(
        _ name: String, _ template: StreamTemplate, _ other: TOMLNode, madeBy maker: StreamTemplate?,
        problems: inout Problems
    ) {
        let mend = "let one of them have another name; a stream that is made has no section of its own"
        guard let maker else {
            return problems.add(
                "\(template.key) makes a stream of this name, too", mend: mend, key: OptionKey(["stream", name]),
                at: other.origin)
        }
        let who = maker.key == template.key ? "it makes" : "\(maker.key) makes"
        problems.add(
            "makes the stream \(TOMLText.quoted(name)), which \(who) already", mend: mend, key: template.key + "each",
            at: template.each.origin)
    }

    /// The table of a section with those of the defaults that it does not have.
    fileprivate static func unite(
        _ own: [String: TOMLNode], over common: [String: TOMLNode], ofHeaders: Bool
    ) -> [String: TOMLNode] {
        var united = common
        if ofHeaders {
            let names = Set(own.keys.map { $0.lowercased() })
            united = common.filter { !names.contains($0.key.lowercased()) }
        }
        for rivals in rivals where !rivals.isDisjoint(with: own.keys) {
            for name in rivals { united[name] = nil }
        }
        for (name, node) in own {
            united[name] = node.over(common[name], ofHeaders: tablesOfHeaders.contains(name))
        }
        return united
    }
}

extension TOMLNode {
    /// This value with what a table has that it does not have, be it in tables within; its place is its own.
    fileprivate func over(_ common: TOMLNode?, ofHeaders: Bool = false) -> TOMLNode {
        guard let common, case .table(let lower) = common.kind, case .table(let own) = kind else { return self }
        return TOMLNode(
            kind: .table(StreamSections.unite(own, over: lower, ofHeaders: ofHeaders)), origin: origin)
    }
}
