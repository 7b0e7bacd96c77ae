/// Everything that is wrong with a configuration, reported at once.
///
/// `description` is ready to print: a line for each of the first problems, in the order of the files and their lines.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The problems; never empty.
    public let problems: [ConfigurationProblem]

    /// So many are put into words; who has to mend more has the beginning.
    public static let mostShown = 50

    /// A line for each problem, up to ``mostShown``, and how many more there are.
    public var description: String {
        (shown.map(\.description) + [more].compactMap { $0 }).joined(separator: "\n")
    }

    /// Those that are put into words.
    public var shown: ArraySlice<ConfigurationProblem> { problems.prefix(Self.mostShown) }

    /// That there are more, in words.
    public var more: String? {
        let rest = problems.count - shown.count
        return rest > 0 ? "and \(rest) more problem\(rest == 1 ? "" : "s")" : nil
    }
}

/// One thing that is wrong: where it stands, what is wrong with it, and what to do.
public struct ConfigurationProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file as it was named to us.
    public let file: String
    /// The line, counted from 1; `nil` where the file as a whole is meant (it cannot be read).
    public internal(set) var line: Int?
    /// The character in the line, counted from 1; `nil` where the line as a whole is meant.
    public internal(set) var column: Int?
    /// The full key, such as `scaling.tick` or `stream."a.b".url`; `nil` where no key is meant (a syntax error).
    public internal(set) var key: String?
    /// What is wrong.
    public let message: String
    /// What to do about it.
    public let mend: String

    /// `FILE:LINE: KEY: what is wrong; the mend`, or `FILE:LINE:COLUMN: …` where the text is no TOML
    public var description: String {
        var place = file
        if let line { place += ":\(line)" }
        if let column { place += ":\(column)" }
        if let key { place += ": \(key)" }
        return "\(place): \(message); \(mend)"
    }
}

/// The problems found so far, each once, with the place by which they are reported.
struct Problems {
    /// The files, by the numbers in ``TOMLNode/Origin``.
    var files: [String] = []
    private var found: [(problem: ConfigurationProblem, place: TOMLNode.Origin)] = []
    private var known: Set<ConfigurationProblem> = []
    /// Of what stands in a section that gives values to many streams: where, and what to do about it.
    private var knownMends: Set<Mend> = []
    /// The sections that give values to many streams, by the places of what is written in them.
    private var shared: [TOMLNode.Origin: OptionKey] = [:]

    var isEmpty: Bool { found.isEmpty }

    /// All of them, in the order of the files and of the lines in each.
    var sorted: [ConfigurationProblem] {
        found.enumerated().sorted { left, right in
            let (a, b) = (left.element.place, right.element.place)
            return (a.file, a.line, a.order, left.offset) < (b.file, b.line, b.order, right.offset)
        }.map(\.element.problem)
    }

    /// What stands in a section has its name, whatever stream has got it.
    mutating func share(_ node: TOMLNode, of section: OptionKey) {
        shared[node.origin] = section
        switch node.kind {
        case .table(let table): for child in table.values { share(child, of: section) }
        case .array(let elements): for element in elements { share(element, of: section) }
        case .string, .integer, .float, .boolean, .date: break
        }
    }

    /// A problem with a key.
    mutating func add(_ message: String, mend: String, key: OptionKey, at origin: TOMLNode.Origin) {
        var (key, place) = (key, origin)
        place.copy = 0
        let section = key.components.first == "stream" ? shared[place] : nil
        if let section { key = OptionKey(section.components + key.components.dropFirst(2)) }
        let problem = ConfigurationProblem(
            file: files[origin.file], line: origin.line, key: key.description, message: message, mend: mend)
        // A value is checked in its file and again among all of them, and one of many streams for each of these.
        guard !known.contains(problem), section == nil || !knownMends.contains(Mend(place: place, mend: mend)) else {
            return
        }
        known.insert(problem)
        knownMends.insert(Mend(place: place, mend: mend))
        found.append((problem, place))
    }

    private struct Mend: Hashable {
        let place: TOMLNode.Origin
        let mend: String
    }

    /// A problem with a file as a whole.
    /// - Parameter file: its number; a problem without one comes before all others.
    mutating func add(_ problem: ConfigurationProblem, file: Int = -1) {
        found.append((problem, TOMLNode.Origin(file: file, line: problem.line ?? 0, order: 0)))
    }
}
