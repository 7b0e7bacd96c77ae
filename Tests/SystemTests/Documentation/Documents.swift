import Foundation

/// What users read, as files of the project.
struct Document {
    /// The path from the top of the project.
    let path: String
    let text: String

    static let guides = [
        "README.md", "CONTRIBUTING.md", "docs/feeds.md", "docs/handlers.md", "docs/operations.md", "docs/cluster.md",
        "docs/control-api.md",
        "docs/architecture.md",
        "docs/simulation.md", "docs/performance.md", "docs/library.md",
    ]
    static let manuals = ["ptrctl.1", "ptrd.8", "ptrd.toml.5", "ptrfeed.1"].map { "packaging/man/\($0)" }

    init(_ path: String) throws {
        self.path = path
        text = try String(contentsOf: Program.project.appending(path: path), encoding: .utf8)
    }

    static var all: [Document] { get throws { try (guides + manuals).map { try Document($0) } } }

    /// The blocks of code, fenced or indented, each with the word behind the fence; of a manual page its examples.
    var blocks: [(language: String, lines: [String])] {
        var blocks: [(language: String, lines: [String])] = []
        var fence: String?
        var wasIndented = false
        var wasBlank = true
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            let isFence = line.hasPrefix("```") || line == ".EX" || line == ".EE"
            if isFence {
                fence = fence == nil ? String(line.drop { $0 == "`" }) : nil
                if let fence { blocks.append((fence == ".EX" ? "" : fence, [])) }
            } else if fence != nil {
                blocks[blocks.count - 1].lines.append(line.replacing("\\-", with: "-"))
            } else if line.hasPrefix("    "), wasIndented || wasBlank {
                if !wasIndented { blocks.append(("", [])) }
                blocks[blocks.count - 1].lines.append(String(line.dropFirst(4)))
                wasIndented = true
                continue
            }
            wasIndented = wasIndented && line.isEmpty && fence == nil
            wasBlank = line.isEmpty
        }
        return blocks
    }

    /// What stands in backquotes in the prose, over ends of lines too; of a manual page what is bold.
    var inlineCode: [String] {
        if path.hasPrefix("packaging/man") {
            return text.matches(of: /(?m)^\.B[IR]? "([^"]+)"/).map { String($0.output.1).replacing("\\-", with: "-") }
        }
        var prose = text
        for block in blocks where block.language.isEmpty {
            for line in block.lines where !line.isEmpty { prose = prose.replacing("    \(line)\n", with: "\n") }
        }
        // Without fenced blocks.
        let parts = prose.split(separator: "\n```", omittingEmptySubsequences: false)
        let outside = parts.indices.filter { $0.isMultiple(of: 2) }.map { parts[$0] }.joined(separator: "\n")
        return outside.matches(of: /`([^`]+)`/).map {
            $0.output.1.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        }
    }
}

/// A command that a document gives.
struct DocumentedCommand: Hashable {
    let document: String
    let text: String

    /// The words before it that set variables, and the path of its program, left out.
    var words: [Substring] { Array(text.split(separator: " ").drop { $0.contains("=") && !$0.hasPrefix("-") }) }
    var program: String { words.first.map { String($0).replacing(/^\.\//, with: "") } ?? "" }

    /// Programs of the project, and others that answer to an ordinary process.
    static let ours: Set<String> = ["ptrctl", "ptrd", "ptrfeed", "curl"]
    /// Programs that need a booted system.
    static let host: Set<String> = [
        "systemctl", "journalctl", "systemd-run", "systemd-analyze", "adduser", "usermod", "install", "kill", "mkdir",
        "mv",
    ]
    /// What the tests of the package do, with the package that was built.
    static let ofPackage: Set<String> = ["apt-get"]

    var isOurs: Bool { Self.ours.contains(program) }
    var isHost: Bool { Self.host.contains(program) }
    var isOfProject: Bool { program == "make" || program.hasPrefix("scripts/") || program.hasPrefix(".ci/") }
    private var isKnown: Bool { isOurs || isHost || isOfProject || Self.ofPackage.contains(program) }

    /// All that the documents give, each text once, in their order.
    static var all: [DocumentedCommand] {
        get throws {
            var seen: Set<String> = []
            return try Document.all.flatMap { document in
                let lines = document.blocks.filter { ["", "sh"].contains($0.language) }
                    .flatMap { withoutInput($0.lines) }
                let inline = document.inlineCode.filter { !$0.contains("…") }
                let inBlocks = lines.flatMap(split).map { DocumentedCommand(document: document.path, text: $0) }
                    .filter { $0.isKnown && $0.words.count > 1 }
                // In prose a single word is a name, and two may be a figure of speech, but for our own verbs.
                let inProse = inline.flatMap(split).map { DocumentedCommand(document: document.path, text: $0) }
                    .filter {
                        $0.isKnown
                            && $0.words.count >= ($0.isHost && $0.program != "mkdir" || $0.program == "curl" ? 3 : 2)
                    }
                return inBlocks + inProse
            }.filter { seen.insert($0.text).inserted }
        }
    }

    /// Without what a command reads from the lines below it.
    private static func withoutInput(_ lines: [String]) -> [String] {
        var end: Substring?
        return lines.filter { line in
            if let mark = end {
                if line == mark { end = nil }
                return false
            }
            end = line.firstMatch(of: /<<'(\w+)'/)?.1
            return true
        }
    }

    /// The commands of a line, without comments and what stands in a column beside them.
    private static func split(_ line: String) -> [String] {
        let bare = line.replacing(/^\$\s/, with: "").replacing(/\s+#\s.*$/, with: "")
            .replacing(/(\S)\s{3,}.*$/) { "\($0.output.1)" }
        return bare.split(separator: /\s&&\s|;\s|\s\|\s/).map { part in
            part.replacing(/\s&$/, with: "").replacing(/^sudo\s/, with: "").trimmingCharacters(in: .whitespaces)
        }
    }
}
