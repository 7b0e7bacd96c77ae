extension Configuration {
    /// Every option in Markdown, section by section: its type, default and bounds, and what it does.
    public static var reference: String {
        var text = ""
        var section: [String] = []
        for option in Options.all {
            let table = Self.section(of: option.key)
            if table != section {
                section = table
                text += "## [\(OptionKey(table).of(stream: "NAME"))]\n\n"
            }
            let name = OptionKey(Array(option.key.components.dropFirst(table.count)))
            text += "### \(name)\n\n"
            text += "*\(facts(of: option))*\n\n"
            text += "\(option.documentation.split(separator: "\n").joined(separator: " "))\n\n"
        }
        return String(text.dropLast())
    }

    /// Type, bounds and default of an option in one line.
    static func facts(of option: any DeclaredOption) -> String {
        var facts = [option.typeName]
        if let bounds = option.bounds { facts.append(bounds) }
        if let note = option.defaultNote {
            facts.append("default: \(note)")
        } else if let value = option.defaultText {
            facts.append("default: `\(value)`")
        }
        return facts.joined(separator: "; ")
    }

    /// The table that an option is written in: of the longer keys the last ones are an inline table's.
    static func section(of key: OptionKey) -> [String] {
        switch key.components.first {
        case "stream": Array(key.components.prefix(2))
        case "handler" where key.components.count > 2: Array(key.components.prefix(2))
        default: Array(key.components.prefix(1))
        }
    }
}
