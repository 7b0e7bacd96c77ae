import Ledger
import Logging

/// What became of a worker's body that is a process.
package struct WorkerEvent: Sendable {
    package enum Kind: Sendable {
        /// It was started, which took so long.
        case started(in: Duration)
        /// It has ended, so long after its start.
        case exited(PostMortem, after: Duration?)
        /// It could not be started; it is tried again after so long.
        case cannotStart(String, wait: Duration)
    }

    package let worker: String
    package let incarnation: UInt64
    package let pid: Int32?
    package let kind: Kind
    /// How many others, as grave as this, were left out before it, because there were too many.
    package let unsaid: Int
}

extension WorkerEvent: CustomStringConvertible {
    /// The form for people.
    package var description: String {
        let process = worker + (pid.map { " (pid \($0))" } ?? "")
        let text =
            switch kind {
            case .started(let duration): "\(process) has started, in \(duration.inSeconds)"
            case .exited(let postMortem, let life):
                "\(process) \(postMortem.summary(after: life.map { " after \($0.inWords)" } ?? ""))"
            case .cannotStart(let reason, let wait):
                "\(process) cannot start: \(reason); it is tried again in \(wait.inSeconds)"
            }
        return unsaid > 0 ? "\(text) (and \(unsaid) more before it that are not said)" : text
    }

    /// The form for machines.
    package var fields: [String: String] {
        var fields = ["worker": worker, "incarnation": "\(incarnation)", "event": name]
        fields["pid"] = pid.map { "\($0)" }
        if unsaid > 0 { fields["unsaid"] = "\(unsaid)" }
        switch kind {
        case .started: break
        case .cannotStart(let reason, _): fields["reason"] = reason
        case .exited(let postMortem, _):
            fields["cause"] = postMortem.cause.rawValue
            switch postMortem.exit {
            case .status(let status)?: fields["exit_status"] = "\(status)"
            case .signal(let number, _)?: fields["signal"] = "\(BodyExit.signal(number))"
            case nil: break
            }
            if !postMortem.errorLines.isEmpty { fields["stderr"] = postMortem.errorLines.joined(separator: "\n") }
        }
        return fields
    }

    /// The name of the kind, for machines.
    package var name: String {
        switch kind {
        case .started: "started"
        case .exited(let postMortem, _): postMortem.cause == .protocolBroken ? "protocol_broken" : "exited"
        case .cannotStart: "cannot_start"
        }
    }

    /// What the journal's catalog explains it by.
    package var messageID: String {
        switch kind {
        case .started: "worker-started"
        case .exited(let postMortem, _):
            postMortem.cause == .protocolBroken ? "worker-protocol-broken" : "worker-exited"
        case .cannotStart: "worker-cannot-start"
        }
    }

    /// What a worker does because it is told to is everyday business.
    package var level: Logger.Level {
        switch kind {
        case .started: .debug
        case .cannotStart: .warning
        case .exited(let postMortem, _):
            switch postMortem.cause {
            case .recycled, .stopped, .killed: .debug
            case .own, .timedOut: .notice
            case .hung, .protocolBroken: .warning
            }
        }
    }
}

extension PostMortem {
    /// What it ended over and how, and the last that it said.
    fileprivate func summary(after life: String) -> String {
        switch cause {
        case .own: summary(life)
        case .protocolBroken: "broke the protocol and was ended\(life)" + words
        case .hung: "gave no sign of life and was ended\(life)" + words
        case .timedOut: "took too long and was ended\(life)" + words
        case .recycled: "was recycled\(life)"
        case .stopped: "has stopped\(life)"
        case .killed: "was ended at once\(life)"
        }
    }
}
