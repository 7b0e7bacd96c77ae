import ProgramKit

/// The keys there are, as a tree: what a file may hold.
struct Schema: Sendable {
    static let shared = Schema(Options.all.map(\.key), others: StreamSections.keys)

    /// What may stand in each table, by its path. What has nothing in it is an option.
    private var tables: [[String]: Set<String>] = [:]
    /// The sections that hold a last component, for keys that stand in the wrong one.
    private var homes: [String: [OptionKey]] = [:]

    /// - Parameter others: further places that the same options may stand in.
    private init(_ options: [OptionKey], others: [OptionKey]) {
        for option in options + others {
            for (depth, name) in option.components.enumerated() {
                tables[Array(option.components[..<depth]), default: []].insert(name)
            }
        }
        for option in options {
            if let name = option.components.last { homes[name, default: []].append(option) }
        }
    }

    /// Finds unknown keys, names of streams that are none, and sections that are no tables. What is in a section's
    /// options is read, and judged, by their own types.
    func check(_ file: TOMLNode, problems: inout Problems) {
        check(file, against: [], at: OptionKey([]), problems: &problems)
    }

    private func check(_ node: TOMLNode, against path: [String], at key: OptionKey, problems: inout Problems) {
        guard let known = tables[path] else { return }
        guard case .table = node.kind else {
            let mend =
                key.components.first == "stream"
                ? "write a stream as [stream.NAME], with its url on a line below"
                : "write a section [\(key)], with its keys on the lines below"
            problems.add("is \(node.kind.typeName), but should be a table", mend: mend, key: key, at: node.origin)
            return
        }
        for (name, child) in node.entries {
            let childKey = key + name
            if known.contains(name) {
                check(child, against: path + [name], at: childKey, problems: &problems)
            } else if known.contains("*") {
                if let fault = StreamName.fault(of: name) {
                    problems.add(fault, mend: StreamName.mend, key: childKey, at: child.origin)
                }
                check(child, against: path + ["*"], at: childKey, problems: &problems)
            } else {
                let mend = mend(unknown: childKey, node: child, among: known.sorted())
                problems.add("unknown key", mend: mend, key: childKey, at: child.origin)
            }
        }
    }

    private func mend(unknown key: OptionKey, node: TOMLNode, among siblings: [String]) -> String {
        let name = key.components.last ?? ""
        if key == OptionKey([StreamSections.defaults, "url"]) {
            return "an address is a stream's own: write it below [stream.NAME]"
        }
        if let suggestion = Spelling.suggestion(for: name, among: siblings) { return suggestion }
        if key.components.count == 3, key.components[0] == "stream", case .table = node.kind {
            let joined = TOMLText.quoted(key.components[1...].joined(separator: "."))
            return "a stream's name with a dot stands in quotes: [stream.\(joined)]"
        }
        if let home = homes[name]?.first { return "did you mean \"\(home.of(stream: "NAME"))\"?" }
        return "known here: \(siblings.joined(separator: ", "))"
    }
}

/// The rule for the names of streams: they stand in logs, in metrics and in the state's tables.
enum StreamName {
    static let mend = "use 1 to 64 letters, digits, \"_\", \".\" and \"-\", with a letter or a digit first"

    /// What is wrong with a name, if anything is.
    static func fault(of name: String) -> String? {
        guard !name.isEmpty else { return "the stream's name is empty" }
        guard name.utf8.count <= 64 else { return "the stream's name is longer than 64 bytes" }
        let isLegal = name.utf8.enumerated().allSatisfy { index, byte in
            switch byte {
            case UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"): index > 0
            default: byte.isBareKey
            }
        }
        return isLegal ? nil : "the stream's name holds a character that it cannot"
    }
}
