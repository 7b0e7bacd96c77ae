import ProgramKit

/// A section `[streams.NAME]`: what makes a stream of each element of its lists, or of each pair of two of them.
struct StreamTemplate {
    /// A list of `each`: the name that stands for its values, and these.
    struct List {
        let name: String
        let values: [Value]
    }

    /// A value, and what it is called in the name of its stream.
    struct Value {
        let name: String
        let text: String
        let origin: TOMLNode.Origin
    }

    /// No section makes more streams than that.
    static let most = 10_000
    /// Their braces are a grammar of their own.
    private static let unfilled: Set<String> = ["each", "format", "where", "events"]

    let name: String
    let each: TOMLNode
    private let node: TOMLNode
    private let lists: [List]

    var key: OptionKey { OptionKey([StreamSections.templates, name]) }

    /// Nil: there is something wrong with it, which has been said.
    init?(_ name: String, _ node: TOMLNode, problems: inout Problems) {
        guard case .table = node.kind, StreamName.fault(of: name) == nil else { return nil }
        let key = OptionKey([StreamSections.templates, name])
        guard let each = node["each"] else {
            problems.add(
                "there is no list to make streams of",
                mend: "add each = { topic = [\"a\", \"b\"] }, or write a single stream as [stream.\(name)]",
                key: key + "each", at: node.origin)
            return nil
        }
        var reader = ListReader(of: name, key: key + "each", problems: problems)
        let lists = reader.read(each)
        (self.name, self.node, self.each, self.lists) = (name, node, each, lists ?? [])
        if lists != nil { reader.check(placeholders(), of: node, lists: self.lists, section: key) }
        problems = reader.problems
        if reader.isBad { return nil }
    }

    /// The streams, each as a section of its own, the last list running fastest.
    func streams(problems: inout Problems) -> [(name: String, node: TOMLNode)] {
        var rows: [[Value]] = [[]]
        for list in lists { rows = rows.flatMap { row in list.values.map { row + [$0] } } }
        return rows.enumerated().map { number, row in
            let values = Dictionary(uniqueKeysWithValues: zip(lists.map(\.name), row))
            let texts = values.mapValues(\.text)
            var origin = node.origin
            origin.copy = number + 1
            var table = node.entries.filter { $0.key != "each" }.map { ($0.key, Self.fill($0.key, $0.node, texts)) }
            if let url = node["url"], case .string(let text) = url.kind {
                let address = TemplateAddress(text, values: texts)
                table.append(("url", TOMLNode(kind: .string(address.text), origin: url.origin)))
                if let wrong = address.wrong, let value = values[wrong] {
                    problems.add(
                        "\(TOMLText.quoted(value.text)) cannot stand in the host of an address, where url has {\(wrong)}",
                        mend: "give the name of a server alone; of the path of a socket, write / as %2F",
                        key: key + "each" + wrong, at: value.origin)
                }
            }
            return (
                ([name] + row.map(\.name)).joined(separator: "-"),
                TOMLNode(kind: .table(Dictionary(table, uniquingKeysWith: { $1 })), origin: origin)
            )
        }
    }

    // MARK: Placeholders

    /// Whether a value of a key has something that may be a placeholder.
    static func mayBeFilled(_ key: String, _ node: TOMLNode) -> Bool {
        guard !unfilled.contains(key) else { return false }
        switch node.kind {
        case .string(let text): return text.contains("{")
        case .table(let table): return table.values.contains { mayBeFilled(key, $0) }
        case .array(let elements): return elements.contains { mayBeFilled(key, $0) }
        case .integer, .float, .boolean, .date: return false
        }
    }

    /// What stands in braces in the section's texts, with where it stands.
    private func placeholders() -> [Placeholder] {
        func find(in node: TOMLNode, _ key: OptionKey, _ option: String) -> [Placeholder] {
            switch node.kind {
            case .string(let text):
                Self.names(in: text).map { Placeholder(name: $0, key: key, option: option, origin: node.origin) }
            case .table: node.entries.flatMap { find(in: $0.node, key + $0.key, option) }
            case .array(let elements): elements.flatMap { find(in: $0, key, option) }
            case .integer, .float, .boolean, .date: []
            }
        }
        return node.entries.filter { !Self.unfilled.contains($0.key) }
            .flatMap { find(in: $0.node, key + $0.key, $0.key) }
    }

    struct Placeholder {
        let name: String
        let key: OptionKey
        let option: String
        let origin: TOMLNode.Origin
    }

    /// The words in braces.
    private static func names(in text: String) -> [String] {
        var names: [String] = []
        walk(text) { name, _ in if let name { names.append(name) } }
        return names
    }

    /// Passes each part of a text: the word of `{word}`, or nil; and the part as it stands.
    static func walk(_ text: String, _ pass: (String?, Substring.UTF8View) -> Void) {
        let bytes = text.utf8
        var (start, position) = (bytes.startIndex, bytes.startIndex)
        while let brace = bytes[position...].firstIndex(of: UInt8(ascii: "{")) {
            let first = bytes.index(after: brace)
            let end = bytes[first...].firstIndex { !$0.isBareKey } ?? bytes.endIndex
            position = first
            guard end > first, end < bytes.endIndex, bytes[end] == UInt8(ascii: "}"), !bytes[first].isDigit else {
                continue
            }
            if start < brace { pass(nil, bytes[start..<brace]) }
            position = bytes.index(after: end)
            pass(String(decoding: bytes[first..<end], as: UTF8.self), bytes[brace..<position])
            start = position
        }
        if start < bytes.endIndex { pass(nil, bytes[start...]) }
    }

    private static func fill(_ key: String, _ node: TOMLNode, _ values: [String: String]) -> TOMLNode {
        guard !unfilled.contains(key) else { return node }
        var filled = node
        switch node.kind {
        case .string(let text): filled.kind = .string(fill(text, values))
        case .table(let table): filled.kind = .table(table.mapValues { fill(key, $0, values) })
        case .array(let elements): filled.kind = .array(elements.map { fill(key, $0, values) })
        case .integer, .float, .boolean, .date: break
        }
        return filled
    }

    private static func fill(_ text: String, _ values: [String: String]) -> String {
        var filled = ""
        walk(text) { name, part in filled += name.flatMap { values[$0] } ?? String(Substring(part)) }
        return filled
    }
}

/// Reads the lists of a section, and finds what is wrong with them.
private struct ListReader {
    let section: String
    let key: OptionKey
    var problems: Problems
    private(set) var isBad = false

    init(of section: String, key: OptionKey, problems: Problems) {
        self.section = section
        self.key = key
        self.problems = problems
    }

    private static let mend = "write lists as { topic = [\"a\", \"b\"] }"

    private mutating func complain(_ message: String, mend: String, _ key: OptionKey, _ origin: TOMLNode.Origin) {
        problems.add(message, mend: mend, key: key, at: origin)
        isBad = true
    }

    /// Nil: something is wrong.
    mutating func read(_ each: TOMLNode) -> [StreamTemplate.List]? {
        guard case .table = each.kind else {
            complain("is \(each.kind.typeName), but should be a table of lists", mend: Self.mend, key, each.origin)
            return nil
        }
        let lists = each.entries.map { entry in
            StreamTemplate.List(name: entry.key, values: values(of: entry.key, entry.node))
        }
        if lists.isEmpty { complain("is empty", mend: Self.mend, key, each.origin) }
        var count = 1
        for list in lists { count = min(count * list.values.count, StreamTemplate.most + 1) }
        if count > StreamTemplate.most {
            complain(
                "makes more than \(StreamTemplate.most) streams", mend: "write shorter lists, or several sections", key,
                each.origin)
        }
        return isBad ? nil : lists
    }

    private mutating func values(of name: String, _ list: TOMLNode) -> [StreamTemplate.Value] {
        let key = key + name
        guard name.utf8.allSatisfy(\.isBareKey), let first = name.utf8.first, !first.isDigit else {
            complain(
                "is not a name that can stand in braces",
                mend: "use letters, digits, \"_\" and \"-\", and no digit first", key, list.origin)
            return []
        }
        let given: [(name: String?, node: TOMLNode)]
        switch list.kind {
        case .array(let elements): given = elements.map { (nil, $0) }
        case .table: given = list.entries.map { ($0.key, $0.node) }
        case .string, .integer, .float, .boolean, .date:
            complain(
                "is \(list.kind.typeName), but should be a list", mend: "write [\"a\", \"b\"], or { name = \"text\" }",
                key,
                list.origin)
            return []
        }
        if given.isEmpty {
            complain("is empty: it makes no stream", mend: "write a value, or remove the section", key, list.origin)
        }
        var seen: Set<String> = []
        return given.compactMap { value(of: $0.name, $0.node, key, &seen) }
    }

    private mutating func value(
        of name: String?, _ node: TOMLNode, _ key: OptionKey, _ seen: inout Set<String>
    ) -> StreamTemplate.Value? {
        let text: String
        switch node.kind {
        case .string(let string): text = string
        case .integer(let number): text = String(number)
        case .table, .array, .float, .boolean, .date:
            complain("holds \(node.kind.typeName)", mend: "write texts in quotes, or whole numbers", key, node.origin)
            return nil
        }
        let part = name ?? text
        guard !part.isEmpty, StreamName.fault(of: "\(section)-\(part)") == nil else {
            complain(
                "\(TOMLText.quoted("\(section)-\(part)")) cannot be the name of a stream",
                mend: name == nil
                    ? "\(StreamName.mend); a value with others is written { name = \(TOMLText.quoted(text)) }"
                    : StreamName.mend, key, node.origin)
            return nil
        }
        guard seen.insert(part).inserted else {
            complain("\(TOMLText.quoted(part)) is in the list twice", mend: "remove one", key, node.origin)
            return nil
        }
        return StreamTemplate.Value(name: part, text: text, origin: node.origin)
    }

    /// Each list is used, and nothing else stands in braces.
    mutating func check(
        _ placeholders: [StreamTemplate.Placeholder], of node: TOMLNode, lists: [StreamTemplate.List],
        section: OptionKey
    ) {
        guard node["url"] != nil else {
            return complain(
                "the streams have no url", mend: "add url = \"https://…/{\(lists[0].name)}\" below it", section + "url",
                node.origin)
        }
        let names = lists.map(\.name)
        // The braces of a body are its own, but for what a list is called.
        for placeholder in placeholders where placeholder.option != "body" && !names.contains(placeholder.name) {
            complain(
                "no list of each is called \(TOMLText.quoted(placeholder.name))",
                mend: Spelling.nearest(to: placeholder.name, among: names).map { "did you mean {\($0)}?" }
                    ?? "write \(names.map { "{\($0)}" }.joined(separator: " or "))", placeholder.key, placeholder.origin
            )
        }
        // One that is not used may be what was meant.
        guard !isBad else { return }
        for name in names where !placeholders.contains(where: { $0.name == name }) {
            complain(
                "the list is not used: its streams would be the same",
                mend: "write {\(name)} where its values belong, such as in url", key + name,
                node[OptionKey(["each", name])]?.origin ?? node.origin)
        }
    }
}
