import EventSource

/// What was seen of a stream that was tried, in sum, for people.
struct TrialPage: Sendable {
    let tally: TrialTally
    let settings: TrialSettings
    let verdict: TrialVerdict
    let style: Style

    /// What stands first.
    static func head(_ settings: TrialSettings, _ style: Style) -> [String] {
        let url = EventSourceConfiguration(url: settings.stream.url).displayURL
        let what =
            settings.isConfigured ? "\(style.bold(settings.stream.name)), \(Text.printable(url))" : Text.printable(url)
        return style.wrapped("● trying \(what)", rest: "  ") + [""]
    }

    var lines: [String] {
        let suggested = suggestion
        return summary + paths + [""] + judged + (suggested.isEmpty ? [] : [""] + suggested)
    }

    // MARK: In sum

    private var summary: [String] {
        guard let opened = tally.opened else { return [] }
        let facts = Facts([
            ("Connection", connection(opened)), ("Events", events), ("Types", types), ("Ids", ids),
            ("Comments", comments), ("Data", data),
        ])
        return [""] + facts.lines(style)
    }

    private func connection(_ opened: Duration) -> String {
        guard let last = tally.connections.last else { return "open" }
        let stands = last.requested.map { "connected within \(Self.time($0 - last.begun))" }
        let head = last.answered.map { "the head after \(Self.time($0 - (last.requested ?? last.begun)))" }
        let redirects = tally.connections.count > 1 ? Text.count(tally.connections.count - 1, "redirect") : nil
        return Text.facts([stands, head, redirects])
    }

    private var events: String {
        guard tally.events > 0 else { return "none" }
        let rate = tally.rate.map { "\(Text.decimal($0, places: 1))/s" } ?? "too few or too close to tell a rate"
        let bytes = tally.span.map { "\(Text.bytes(Int(Double(tally.bytes) / ($0 / .seconds(1)))))/s" }
        let size = ["\(Text.bytes(tally.dataBytes / tally.events)) each", "the largest \(Text.bytes(tally.largest))"]
        let filtered = settings.filter == nil ? nil : "\(Text.grouped(tally.filtered)) left out by the filter"
        return Text.facts(
            [Text.grouped(tally.events), rate, tally.rate == nil ? nil : bytes] + size + [filtered])
    }

    private var types: String? {
        guard tally.events > 0 else { return nil }
        guard tally.types.count > 1 || tally.types.first?.name != "message" else {
            return "message: the server names none"
        }
        let shown = tally.types.sorted { $0.count > $1.count }.prefix(8)
        let words = shown.map { "\(style.cut(Text.printable($0.name), to: 32)) \(Text.grouped($0.count))" }
        return Text.facts(words + [tally.types.count > shown.count ? "and others" : nil])
    }

    private var ids: String? { tally.events > 0 ? tally.ids.words : nil }

    private var comments: String? {
        guard tally.comments > 0 else { return nil }
        let beat = tally.heartbeat.map { ", about one each \(Self.time($0))" } ?? ""
        return "\(Text.grouped(tally.comments))\(beat): signs of life"
    }

    private var data: String? {
        guard tally.events > 0 else { return nil }
        let fields = tally.fields
        switch (fields.documents, fields.others) {
        case (0, _): return "no JSON"
        case (_, 0): return fields.fields.contains { $0.path.isEmpty } ? "JSON, single values" : "JSON"
        default: return "JSON in \(fields.documents) of \(fields.documents + fields.others) events that were looked at"
        }
    }

    private static func time(_ time: Duration) -> String { Text.milliseconds(time / .milliseconds(1)) }

    // MARK: What the data has

    private static let mostPaths = 16

    private var paths: [String] {
        // What has a value tells more.
        let all = tally.fields.fields.filter { !$0.path.isEmpty && $0.kind != "null" }
        guard !all.isEmpty else { return [] }
        let table = Table<TrialFields.Field>([
            .left("PATH", least: 16, narrowing: .middle) { "{\(Text.printable($0.path))}" },
            .left("FOR EXAMPLE", least: 8) { Text.printable($0.example) },
        ])
        let width = Style(colours: style.colours, columns: style.columns ?? 200, isASCII: style.isASCII)
        let more = all.count - Self.mostPaths
        return [""] + table.lines(of: Array(all.prefix(Self.mostPaths)), width)
            + (more > 0 ? [style.faint("and \(Text.count(more, "other")); --json has all")] : [])
    }

    // MARK: What comes of it

    private var judged: [String] {
        let remarks = verdict.remarks.flatMap { remark in
            style.wrapped("● \(Text.printable(remark))", rest: "  ").map { style.coloured($0, .yellow) }
        }
        let faults = verdict.faults.flatMap { fault in
            style.wrapped("✗ \(Text.printable(fault))", rest: "  ").map { style.coloured($0, .red) }
        }
        guard verdict.isGood else { return remarks + faults }
        let what =
            tally.opened == nil
            ? "it ended before the stream was open"
            : "it works: \(Text.count(tally.events, "event")) from \(settings.stream.name)"
        let colour: Style.Colour = tally.opened == nil ? .yellow : .green
        return remarks + style.wrapped("● \(what)", rest: "  ").map { style.coloured($0, colour) }
    }

    private var suggestion: [String] {
        // A section for what does not even open helps nobody; but some of what is wrong a key mends.
        let lines = Suggestion(tally, settings).lines
        guard !lines.isEmpty, tally.opened != nil || settings.isConfigured else { return [] }
        let title =
            settings.isConfigured ? "better, in ptrd.toml:" : "for /etc/ptrd/ptrd.d/\(settings.stream.name).toml:"
        let credentials = Suggestion.credentials(settings)
        let unit = credentials.isEmpty ? [] : ["", style.faint("and for systemctl edit ptrd:"), "    [Service]"]
        return [style.faint(title)] + lines.map(Self.indented) + printed + unit + credentials.map(Self.indented)
    }

    private static func indented(_ line: String) -> String { line.isEmpty ? "" : "    \(line)" }

    /// What the suggested format makes of the first event.
    private var printed: [String] {
        guard settings.format == nil, !settings.isConfigured,
            let line = FormatSuggestion(tally).preview(tally.fields)
        else { return [] }
        let text = line.replacing("{@event}", with: Text.printable(tally.types.first?.name ?? ""))
        return ["", style.faint("which prints:"), "    \(style.cut(text, to: (style.columns ?? 160) - 4))"]
    }
}
