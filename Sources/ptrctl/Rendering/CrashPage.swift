import ControlAPI

/// One crash, told: what ended and why, what its supervisor did, and what became of the message in hand.
struct CrashPage: Sendable {
    let crash: Crash
    let style: Style

    var lines: [String] {
        let child = style.bold(Text.printable(crash.child))
        var facts: [(String, String)] = [
            ("Crash", "\(crash.id), detected \(style.time(crash.time))"),
            ("What", "\(child), incarnation \(crash.incarnation), under \(Text.printable(crash.supervisor))"),
            ("Reason", style.coloured(Text.printable(crash.reason), .red)),
            ("Cause", Self.describe(crash.cause)),
            ("Then", then),
            (
                "Charged",
                crash.charged
                    ? "yes, to the restart budget of \(Text.printable(crash.supervisor))"
                    : "no: a restart that a message causes is paid with its attempts"
            ),
        ]
        if let budget = crash.budget { facts.append(("Budget", TreePage.describe(budget))) }
        facts.append(("Message", message))
        return Facts(facts).lines(style)
    }

    static func describe(_ cause: Crash.Cause) -> String {
        switch cause {
        case .message: "the message: its handler threw over it"
        case .killMessage: "a kill message, which stops its worker on purpose"
        case .timeout: "the message took longer than workers.timeout"
        case .injected: "an operator injected it (ptrctl crash)"
        case .own: "its own: no message is to blame"
        default: Text.words(cause.rawValue)
        }
    }

    private var then: String {
        var text =
            switch crash.action {
            case .restarted: "it was started again"
            case .restarting: "it could not be started yet, and is tried again"
            case .gaveUp: "the budget was spent: the supervisor stopped its children and gave up"
            case .stopped: "it was left stopped"
            default: Text.words(crash.action.rawValue)
            }
        if let replacement = crash.replacement { text += " as incarnation \(replacement)" }
        if let duration = crash.replacedInMicroseconds {
            text += ", \(Text.grouped(duration)) µs after the crash was seen"
        }
        return text
    }

    private var message: String { crash.message.map(Self.describe) ?? "none in hand" }

    /// `17 of tweets-1 (id 9981), attempt 2 of 3: it was dealt again at once; the attempt does not count`
    static func describe(_ message: CrashMessage) -> String {
        var text = "\(message.sequence) of \(Text.printable(message.stream))"
        if !message.eventID.isEmpty { text += " (id \(Text.shortened(Text.printable(message.eventID), to: 40)))" }
        text += ", attempt \(message.attempt) of \(message.maxAttempts): "
        switch message.fate {
        case .retried: text += "it waits out its backoff and is dealt again"
        case .dealtAgain: text += "it was dealt again at once; the attempt does not count"
        case .deadLettered: text += "it had no attempt left and is a dead letter"
        case .killed: text += "it was a kill message and is settled"
        default: text += Text.words(message.fate.rawValue)
        }
        return text
    }
}

/// Crashes, one in a line.
struct CrashesTable: Sendable {
    let crashes: [Crash]
    let style: Style

    var lines: [String] {
        var table = Table(columns: [
            .init(heading: "ID", alignment: .right), .init(heading: "TIME", alignment: .left, rank: 3),
            .init(heading: "WHAT", alignment: .left, least: 16, narrowing: .middle),
            .init(heading: "CAUSE", alignment: .left, rank: 2),
            .init(heading: "THEN", alignment: .left, rank: 4), .init(heading: "MESSAGE", alignment: .left, rank: 5),
            .init(heading: "REASON", alignment: .left, rank: 1, least: 20, narrowing: .prose),
        ])
        for crash in crashes {
            table.rows.append([
                .init("\(crash.id)"), .init(style.time(crash.time)), .init(Text.printable(crash.child)),
                .init(Text.words(crash.cause.rawValue)), .init(Text.words(crash.action.rawValue)),
                .init(crash.message.map { "\($0.sequence) \(Text.words($0.fate.rawValue))" } ?? "-"),
                .init(Text.printable(crash.reason)) { [style] in style.coloured($0, .red) },
            ])
        }
        return table.lines(style)
    }
}
