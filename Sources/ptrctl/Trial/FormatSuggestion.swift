/// A format for what a stream brings: by the names of its events if it has several, and by fields whose names say that they are
/// for people; without such, by the first few that are nearest to the root.
struct FormatSuggestion: Sendable {
    /// Nil: its data prints well as it is.
    let text: String?

    /// What a message is about, who did it, and of what kind it is: names of fields, the most telling first.
    private static let what = [
        "title", "headline", "subject", "text", "content", "message", "body", "summary", "comment", "delta", "value",
        "price",
    ]
    private static let who = ["screen_name", "username", "user", "author", "acct", "account", "name", "path"]
    private static let kind = ["wiki", "channel", "topic", "symbol", "level", "status", "type", "kind"]
    private static let most = 3
    private static let (longest, longestText) = (120, 4000)

    init(_ tally: TrialTally) {
        let names = tally.types.count > 1 ? "{@event}: " : ""
        if let paths = Self.paths(tally.fields) {
            text = names + paths
        } else {
            text = names.isEmpty || tally.events == 0 ? nil : "\(names){@data}"
        }
    }

    /// What that prints of the fields' first values; nil: it has no paths, or is none.
    func preview(_ fields: TrialFields) -> String? {
        guard let text, text.contains("{") else { return nil }
        let line = fields.fields.reduce(text) { $1.path.isEmpty ? $0 : $0.replacing("{\($1.path)}", with: $1.example) }
        return line == text || line.contains("{@data}") ? nil : Text.printable(line)
    }

    private static func paths(_ fields: TrialFields) -> String? {
        let common = fields.fields.filter { field in
            // Names with secrets in them are no paths, and what begins with $ is about the data.
            field.count * 2 >= fields.documents && field.longest <= longestText && !field.path.isEmpty
                && ["string", "number", "boolean"].contains(field.kind) && !field.path.contains { "…[$".contains($0) }
                && Text.printable(field.path) == field.path
        }
        let what = best(what, in: common)
        let short = common.filter { $0.longest <= longest }
        let (who, kind) = (best(who, in: short), best(kind, in: short))
        guard let main = what ?? who else {
            let least = short.map { depth(of: $0.path) }.min()
            let near = short.filter { depth(of: $0.path) == least }.prefix(most).map { "{\($0.path)}" }
            return near.isEmpty ? nil : near.joined(separator: " ")
        }
        let beside = what == nil ? nil : who
        let before = [kind, beside].compactMap { $0.map { "{\($0)}" } }.joined(separator: " ")
        return (before.isEmpty ? "" : "\(before): ") + "{\(main)}"
    }

    /// The field with the most telling name, of several the one nearest to the root.
    private static func best(_ names: [String], in fields: [TrialFields.Field]) -> String? {
        let ranked = fields.compactMap { field -> (depth: Int, rank: Int, path: String)? in
            let name = field.path.split(separator: ".").last ?? ""
            return names.firstIndex(of: String(name)).map { (depth(of: field.path), $0, field.path) }
        }
        return ranked.min { ($0.rank, $0.depth) < ($1.rank, $1.depth) }?.path
    }

    private static func depth(of path: String) -> Int { path.count { $0 == "." } }
}
