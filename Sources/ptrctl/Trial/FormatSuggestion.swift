/// A format for what a stream brings: by the names of its events if it has several, and the first few single values that all
/// of them have.
struct FormatSuggestion: Sendable {
    /// Nil: its data prints well as it is.
    let text: String?

    private static let most = 3
    private static let longest = 120

    init(_ tally: TrialTally) {
        let names = tally.types.count > 1 ? "{@event}: " : ""
        let paths = Self.paths(tally.fields)
        if paths.isEmpty {
            text = names.isEmpty || tally.events == 0 ? nil : "\(names){@data}"
        } else {
            text = names + paths.map { "{\($0)}" }.joined(separator: " ")
        }
    }

    private static func paths(_ fields: TrialFields) -> [String] {
        guard fields.documents > 0 else { return [] }
        let common = fields.fields.filter { field in
            // Concealed names are no paths, and what begins with $ is about the data.
            field.count * 2 >= fields.documents && field.longest <= longest && !field.path.isEmpty
                && ["string", "number", "boolean"].contains(field.kind) && !field.path.contains("…")
                && !field.path.hasPrefix("\"$") && !field.path.contains("[")
                && Text.printable(field.path) == field.path
        }
        // What is nearer to the root says more of what it is about.
        let least = common.map { depth(of: $0.path) }.min() ?? 0
        let near = common.filter { depth(of: $0.path) == least }
        return near.prefix(most).map(\.path)
    }

    private static func depth(of path: String) -> Int { path.count { $0 == "." } }
}
