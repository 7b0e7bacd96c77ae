import ControlAPI

/// One crash, told: what ended and why, what its supervisor did, and what became of the message in hand.
struct CrashPage: Sendable {
    let crash: Crash
    let style: Style

    var lines: [String] {
        let child = style.bold(Text.printable(crash.child))
        let facts = Facts([
            ("Crash", "\(crash.id), detected \(style.time(crash.time))"),
            ("What", "\(child), incarnation \(crash.incarnation), under \(Text.printable(crash.supervisor))"),
            ("Reason", style.coloured(Text.printable(crash.reason), .red)),
            ("Ended", ended),
            ("Cause", cause),
            ("Then", then),
            (
                "Charged",
                crash.charged
                    ? "yes, to the restart budget of \(Text.printable(crash.supervisor))"
                    : "no: a restart that a message causes is paid with its attempts"
            ),
            ("Budget", crash.budget.map { TreePage.describe($0) }),
            ("Message", crash.message.map(Self.describe) ?? "none in hand"),
        ])
        return Facts(facts: facts.facts + stderr).lines(style)
    }

    /// `pid 4711, by SIGSEGV, with a core dump`, of a worker that was a process.
    private var ended: String? {
        let pid = crash.pid.map { "pid \($0)" }
        let how =
            crash.signal.map { "by \(Self.signal($0))" + (crash.dumpedCore == true ? ", with a core dump" : "") }
            ?? crash.exitStatus.map { "with exit status \($0)" }
        let words = [pid, how].compactMap(\.self)
        return words.isEmpty ? nil : words.joined(separator: ", ")
    }

    private var stderr: [(label: String, lines: [String])] {
        guard let lines = crash.stderr, !lines.isEmpty else { return [] }
        return [("Stderr", lines.map(Text.printable))]
    }

    /// A signal as people know it: `SIGSEGV`; of a real-time signal the number.
    static func signal(_ name: String) -> String {
        Int(name) == nil ? "SIG\(Text.printable(name))" : "signal \(name)"
    }

    private var cause: String {
        switch crash.cause {
        case .message: "the message: its handler threw over it"
        case .killMessage: "a kill message, which stops its worker on purpose"
        case .timeout: "the message took longer than workers.timeout"
        case .injected: "an operator injected it (ptrctl crash)"
        case .own: "its own: no message is to blame"
        default: Text.words(crash.cause.rawValue)
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

    /// Crashes, one in a line.
    static func list(_ crashes: [Crash], _ style: Style) -> [String] {
        Table<Crash>([
            .right("ID") { "\($0.id)" },
            .left("TIME", rank: 3) { style.time($0.time) },
            .left("WHAT", least: 16, narrowing: .middle) { Text.printable($0.child) },
            .left("CAUSE", rank: 2) { Text.words($0.cause.rawValue) },
            .left("THEN", rank: 4) { Text.words($0.action.rawValue) },
            .left("MESSAGE", rank: 5) { crash in
                crash.message.map { "\($0.sequence) \(Text.words($0.fate.rawValue))" } ?? "-"
            },
            .left("REASON", rank: 1, least: 20, narrowing: .prose, colour: { _ in .red }) { Text.printable($0.reason) },
        ]).lines(of: crashes, style)
    }
}

/// What an injected crash brought about: the way from the crash to the replacement, and what became of what was in hand.
struct RecoveryPage: Sendable {
    let response: CrashResponse

    /// `worker.1.2: crashed → detected after 12 µs → replaced after 35 µs (incarnation 3 → 4)`
    private var recovery: String {
        var steps = ["\(Text.printable(response.id)): \(beginning)"]
        steps += response.detectedInMicroseconds.map { ["detected after \(Text.grouped($0)) µs"] } ?? []
        let gaveUp = (response.gaveUp ?? []).map(Text.printable)
        steps += gaveUp.map { "\($0) gave up" }
        if let last = gaveUp.last, let above = response.restartedBy {
            steps.append("\(Text.printable(above)) restarted \(last)")
        } else if gaveUp.last == "application_supervisor" {
            return (steps + ["ptrd ends, and systemd starts it again"]).joined(separator: " → ")
        }
        let replaced = response.replacedInMicroseconds.map { "replaced after \(Text.grouped($0)) µs" }
        // Of a signal that ends nothing, nothing is waited for.
        if let text = replaced ?? (response.isWaitedFor ? "not replaced in time" : nil) { steps.append(text) }
        let text = steps.joined(separator: " → ")
        guard let before = response.incarnationBefore else { return text }
        return text + " (incarnation \(before)" + (response.incarnationAfter.map { " → \($0))" } ?? ")")
    }

    private var beginning: String {
        guard let signal = response.signal else { return "crashed" }
        return CrashPage.signal(signal) + (response.pid.map { " to pid \($0)" } ?? "")
    }

    /// One recovery among many.
    var line: String {
        let held = response.held ?? 0
        if response.busy, held <= 1 {
            return recovery + "; message" + (response.sequence.map { " \($0)" } ?? "") + " \(fate ?? "is dealt again")"
        }
        return recovery + (held > 0 ? "; \(Text.count(held, "message")) dealt again" : "")
    }

    /// One recovery by itself.
    var lines: [String] { [recovery, inHand].compactMap { $0 } }

    private var inHand: String? {
        // It still has it.
        if response.signal != nil, response.replacedInMicroseconds == nil { return nil }
        let first = several.map { "in hand were \(Text.grouped($0)) messages, the oldest" } ?? "in hand was message"
        if let message = response.message { return "\(first) \(CrashPage.describe(message))" }
        if let sequence = response.sequence { return "\(first) \(sequence), which \(fate ?? "is dealt again")" }
        guard let held = response.held else { return nil }
        switch held {
        case 0: return response.target == .worker ? "it had nothing in hand" : nil
        case 1: return "its workers had 1 message in hand, which is dealt again"
        default: return "its workers had \(Text.grouped(held)) messages in hand, which are dealt again"
        }
    }

    /// How many messages a worker had in hand, if there was more than one.
    private var several: Int? { response.target == .worker ? response.held.flatMap { $0 > 1 ? $0 : nil } : nil }

    /// Of the message that a worker had when it was told to crash. A worker that was done with it before that took effect
    /// has lost nothing.
    private var fate: String? {
        if let message = response.message { return message.fate == .dealtAgain ? "is dealt again" : nil }
        return response.crash == nil ? nil : "was done before it ended"
    }
}

extension CrashResponse {
    /// Whether the part was to be replaced: not after a signal that only stops a process, or lets it go on.
    var isWaitedFor: Bool { signal.map { !["STOP", "CONT"].contains($0) } ?? true }
}
