import ControlAPI

/// What an injected crash brought about: the way from the crash to the replacement, and what became of what was in hand.
struct RecoveryPage: Sendable {
    let response: CrashResponse

    /// `worker.1.2: crashed → detected after 12 µs → replaced after 35 µs (incarnation 3 → 4)`
    private var recovery: String {
        var steps = ["\(Text.printable(response.id)): crashed"]
        if let detected = response.detectedInMicroseconds {
            steps.append("detected after \(Text.grouped(detected)) µs")
        }
        let gaveUp = (response.gaveUp ?? []).map(Text.printable)
        steps += gaveUp.map { "\($0) gave up" }
        if let last = gaveUp.last, let above = response.restartedBy {
            steps.append("\(Text.printable(above)) restarted \(last)")
        } else if gaveUp.last == "application_supervisor" {
            return (steps + ["ptrd ends, and systemd starts it again"]).joined(separator: " → ")
        }
        if let replaced = response.replacedInMicroseconds {
            steps.append("replaced after \(Text.grouped(replaced)) µs")
        } else {
            steps.append("not replaced in time")
        }
        let text = steps.joined(separator: " → ")
        guard let before = response.incarnationBefore else { return text }
        return text + " (incarnation \(before)" + (response.incarnationAfter.map { " → \($0))" } ?? ")")
    }

    /// One recovery among many.
    var line: String {
        var text = recovery
        if let held = response.held, held > 1 {
            text += "; \(Text.count(held, "message")) dealt again"
        } else if response.busy {
            text += "; message" + (response.sequence.map { " \($0)" } ?? "") + " \(fate ?? "is dealt again")"
        } else if let held = response.held, held > 0 {
            text += "; \(Text.count(held, "message")) dealt again"
        }
        return text
    }

    /// One recovery by itself.
    var lines: [String] { [recovery, inHand].compactMap { $0 } }

    private var inHand: String? {
        let first = several.map { "in hand were \(Text.grouped($0)) messages, the oldest" } ?? "in hand was message"
        if let message = response.message {
            return "\(first) \(CrashPage.describe(message))"
        }
        if let sequence = response.sequence {
            return "\(first) \(sequence), which \(fate ?? "is dealt again")"
        }
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
