import WorkerProtocol

/// What became of the messages that a worker was tried with, and what is wrong with it.
struct CheckTally: Sendable {
    var messages = 0
    var done = 0
    var failed = 0
    var rejected = 0
    var unavailable = 0
    /// What is wrong, each with its mend.
    var faults: [String] = []
    /// The longest time from a message to its answer.
    var slowest: Duration?

    var answered: Int { done + failed + rejected + unavailable }
    var isGood: Bool { faults.isEmpty && messages > 0 && answered == messages }

    mutating func add(_ outcome: WorkerOutcome, count: Int = 1) {
        switch outcome {
        case .done: done += count
        case .failed: failed += count
        case .rejected: rejected += count
        case .unavailable: unavailable += count
        }
    }

    /// `3 done, 1 failed`
    var counts: String {
        Text.facts([
            Text.some(done, "done"), Text.some(failed, "failed"), Text.some(rejected, "rejected"),
            Text.some(unavailable, "unavailable"),
        ])
    }

    /// The last lines, for people.
    func lines(_ style: Style) -> [String] {
        if !isGood {
            return faults.flatMap { fault in
                style.wrapped("✗ \(Text.printable(fault))", rest: "  ").map { style.coloured($0, .red) }
            }
                + style.wrapped(
                    "✗ not good: \(answered) of \(Text.count(messages, "message")) answered for", rest: "  "
                )
                .map { style.coloured($0, .red) }
        }
        let time = slowest.map { ", each within \(Text.milliseconds($0 / .milliseconds(1)))" } ?? ""
        let what = messages == 1 ? "the message is" : "all \(messages) messages are"
        return style.wrapped("● good: \(what) answered for (\(counts))\(time)", rest: "  ").map {
            style.coloured($0, .green)
        }
    }
}

extension WorkerOutcome {
    /// How it ended, in words: `is done`, `failed: no such user; again after 5 s at the earliest`.
    var words: String {
        switch self {
        case .done: "is done"
        case .failed(let reason, let after): "failed: \(reason)\(Self.again(after))"
        case .rejected(let reason): "is rejected, a dead letter at once: \(reason)"
        case .unavailable(let reason, let after):
            "is given back, for what the worker needs is down: \(reason)\(Self.again(after))"
        }
    }

    var mood: CheckStep.Mood { self == .done ? .good : .doubtful }

    private static func again(_ after: Duration?) -> String {
        after.map { "; again after \(Text.duration($0, .measured)) at the earliest" } ?? ""
    }
}
