import EventSource
import PtrConfiguration

/// The configuration that is suggested for a stream that was tried: one rule for each key.
struct Suggestion: Sendable {
    /// What a rule goes by.
    struct Facts: Sendable {
        let tally: TrialTally
        let settings: TrialSettings
        /// The URL without what should not stand in a file.
        let url: String
    }

    /// What a rule says: the key's value as TOML has it.
    struct Line: Sendable {
        let value: String
        /// Why, or what for.
        var note: String?
        /// Whether it is for the user to say whether he wants that.
        var isOffer = false
    }

    /// Suggests the value of one key of `[stream.NAME]`, if that is an option of this version.
    struct Rule: Sendable {
        let key: String
        let line: @Sendable (Facts) -> Line?
    }

    /// In the order of the section.
    static let rules = request + limits + content

    let lines: [String]

    init(_ tally: TrialTally, _ settings: TrialSettings) {
        let facts = Facts(
            tally: tally, settings: settings,
            url: StreamNaming.withoutSecrets(settings.stream.url, keepsNames: !Self.isDeclared("query_credentials")))
        var section: [String] = []
        for rule in Self.rules where Self.isDeclared(rule.key) {
            guard let line = rule.line(facts) else { continue }
            let note = line.note.map { "   # \($0)" } ?? ""
            section.append("\(line.isOffer ? "# " : "")\(rule.key) = \(line.value)\(note)")
        }
        let name = settings.stream.name
        var lines = section.isEmpty ? [] : ["[stream.\(Self.key(name))]"] + section
        if !Self.isDeclared("format"), let format = Self.format(facts) {
            lines += ["", "[handler.print]", "format = \(format)"]
        }
        self.lines = lines
    }

    /// What systemd has to hand over for that, as a drop-in of the unit has it.
    static func credentials(_ settings: TrialSettings) -> [String] {
        guard !settings.isConfigured else { return [] }
        var lines: [String] = []
        if let file = settings.bearerFile {
            lines.append("LoadCredential=\(bearerName(settings)):\(file)")
        }
        for (name, file) in settings.headerFiles {
            lines.append("LoadCredential=\(credential(name, settings)):\(file)")
        }
        return lines
    }

    static func isDeclared(_ key: String) -> Bool {
        Configuration.declares(OptionKey(stringLiteral: "stream.*.\(key)"))
    }

    /// A key, in quotes where it needs them.
    private static func key(_ name: String) -> String {
        name.contains(".") ? TOMLText.quoted(name) : name
    }

    fileprivate static func bearerName(_ settings: TrialSettings) -> String { "\(settings.stream.name)-token" }

    fileprivate static func credential(_ header: String, _ settings: TrialSettings) -> String {
        "\(settings.stream.name)-\(header.lowercased())"
    }

    /// Text by the first single values that the data has, if a stream's messages are printed by that.
    fileprivate static func format(_ facts: Facts) -> String? {
        guard facts.settings.format == nil, !facts.settings.isConfigured else { return nil }
        return FormatSuggestion(facts.tally).text.map(TOMLText.quoted)
    }
}

// MARK: The request

extension Suggestion {
    private static let request = [
        Rule(key: "url") { facts in
            guard !facts.settings.isConfigured else { return nil }
            let isWhole = facts.url == facts.settings.stream.url
            return Line(value: TOMLText.quoted(facts.url), note: isWhole ? nil : "… is a secret of yours")
        },
        Rule(key: "headers") { facts in
            guard !facts.settings.isConfigured, !facts.settings.stream.headers.isEmpty else { return nil }
            let headers = facts.settings.stream.headers.sorted { $0.key < $1.key }
            let words = headers.map { "\(TOMLText.quoted($0.key)) = \(TOMLText.quoted($0.value))" }
            return Line(value: "{ \(words.joined(separator: ", ")) }")
        },
        Rule(key: "bearer_credential") { facts in
            facts.settings.bearerFile.map { _ in Line(value: TOMLText.quoted(bearerName(facts.settings))) }
        },
        Rule(key: "header_credentials") { facts in
            guard !facts.settings.headerFiles.isEmpty else { return nil }
            let words = facts.settings.headerFiles.map {
                "\(TOMLText.quoted($0.name)) = \(TOMLText.quoted(credential($0.name, facts.settings)))"
            }
            return Line(value: "{ \(words.joined(separator: ", ")) }")
        },
        Rule(key: "position_ignores_query") { facts in
            let names = StreamNaming.secretParameters(of: facts.settings.stream.url)
            guard !facts.settings.isConfigured, !names.isEmpty, !isDeclared("query_credentials") else { return nil }
            return Line(value: "[\(names.map(TOMLText.quoted).joined(separator: ", "))]")
        },
        Rule(key: "query_credentials") { facts in
            let names = StreamNaming.secretParameters(of: facts.settings.stream.url)
            guard !facts.settings.isConfigured, !names.isEmpty else { return nil }
            let words = names.map {
                "\(TOMLText.quoted($0)) = \(TOMLText.quoted(credential($0, facts.settings)))"
            }
            return Line(value: "{ \(words.joined(separator: ", ")) }")
        },
    ]
}

// MARK: Limits

extension Suggestion {
    private static let limits = [
        Rule(key: "idle_timeout") { facts in
            let stream = facts.settings.stream
            guard let idle = stream.idleTimeout else { return nil }
            if let beat = facts.tally.heartbeat, facts.tally.comments > 2 || beat >= .seconds(1) {
                let wanted = seconds(atLeast: max(beat * 4, .seconds(15)))
                guard wanted != idle else { return nil }
                return Line(
                    value: TOMLText.quoted(text(wanted)), note: "a comment each \(Text.duration(beat, .measured))")
            }
            guard facts.tally.longestSilence * 2 > idle else { return nil }
            let wanted = seconds(atLeast: facts.tally.longestSilence * 4)
            return Line(
                value: TOMLText.quoted(text(wanted)),
                note: "silent for \(Text.duration(facts.tally.longestSilence, .measured))")
        },
        Rule(key: "response_timeout") { facts in
            guard case .connection(let error) = facts.tally.ending, error.code == .responseTimeout else { return nil }
            return Line(value: TOMLText.quoted("off"), note: "if it answers with its first event")
        },
        Rule(key: "max_event_bytes") { facts in
            let limit = facts.settings.stream.maxEventBytes
            guard facts.tally.skipped > 0, limit < 1 << 28 else { return nil }
            return Line(
                value: TOMLText.quoted("\(max(limit * 4 >> 20, 1))MiB"), note: "some were larger than they may be")
        },
        Rule(key: "max_id_bytes") { facts in
            let longest = facts.tally.ids.longest
            guard longest > facts.settings.stream.maxIDBytes, longest <= 64 << 10 else { return nil }
            return Line(
                value: TOMLText.quoted("\((longest + 1023) / 1024)KiB"), note: "if the server takes such a header")
        },
    ]

    private static func seconds(atLeast time: Duration) -> Duration {
        let (seconds, rest) = time.components
        let whole = seconds + (rest > 0 ? 1 : 0)
        return .seconds((whole + 14) / 15 * 15)
    }

    private static func text(_ time: Duration) -> String { "\(time.components.seconds)s" }
}

// MARK: What it brings

extension Suggestion {
    private static let content = [
        Rule(key: "compression") { facts in
            let last = facts.tally.connections.last
            let isCompressed = last?.fields.contains { $0.name == "content-encoding" && $0.value == "gzip" } == true
            guard isCompressed || last?.variesByEncoding == true else { return nil }
            return Line(value: "true", note: isCompressed ? nil : "the server seems to offer it")
        },
        Rule(key: "end") { facts in
            let shown = facts.tally.shown
            if shown.contains(where: { $0.data == "[DONE]" }) { return Line(value: #"{ data = "[DONE]" }"#) }
            guard facts.tally.types.contains(where: { $0.name == "message_stop" }) else { return nil }
            return Line(value: #"{ event = "message_stop" }"#)
        },
        Rule(key: "events") { facts in
            let names = facts.tally.types.map(\.name)
            guard !facts.settings.isConfigured, names.count > 1 else { return nil }
            return Line(
                value: "[\(names.map(TOMLText.quoted).joined(separator: ", "))]", note: "to have these only",
                isOffer: true)
        },
        Rule(key: "where") { facts in
            // A field with few words, in most events: something to choose by.
            let field = facts.tally.fields.fields.first { $0.kind == "string" && $0.longest <= 16 && $0.count > 1 }
            guard !facts.settings.isConfigured, let field, !field.example.contains(where: { "\"\\'".contains($0) })
            else { return nil }
            return Line(
                value: TOMLText.quoted("\(field.path) == \"\(field.example)\""), note: "to have such only",
                isOffer: true)
        },
        Rule(key: "format") { facts in format(facts).map { Line(value: $0) } },
    ]
}
