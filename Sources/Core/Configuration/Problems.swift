/// The problems found so far, each once, with the place by which they are reported.
struct Problems {
    /// The files, by the numbers in ``TOMLNode/Origin``.
    var files: [String] = []
    private var found: [(problem: ConfigurationProblem, place: TOMLNode.Origin)] = []

    var isEmpty: Bool { found.isEmpty }

    /// All of them, in the order of the files and of the lines in each.
    var sorted: [ConfigurationProblem] {
        found.enumerated().sorted { left, right in
            let (a, b) = (left.element.place, right.element.place)
            return (a.file, a.line, a.order, left.offset) < (b.file, b.line, b.order, right.offset)
        }.map(\.element.problem)
    }

    /// A problem with a key.
    mutating func add(_ message: String, mend: String, key: OptionKey, at origin: TOMLNode.Origin) {
        let problem = ConfigurationProblem(
            file: files[origin.file], line: origin.line, key: key.description, message: message, mend: mend)
        // A value is checked in its file and again among all of them.
        guard !found.contains(where: { $0.problem == problem }) else { return }
        found.append((problem, origin))
    }

    /// A problem with a file as a whole.
    /// - Parameter file: its number; a problem without one comes before all others.
    mutating func add(_ problem: ConfigurationProblem, file: Int = -1) {
        found.append((problem, TOMLNode.Origin(file: file, line: problem.line ?? 0, order: 0)))
    }
}
