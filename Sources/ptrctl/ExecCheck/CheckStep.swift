import Launching
import WorkerProtocol

/// Something that was seen of a worker that is tried.
struct CheckStep: Sendable {
    enum Kind: Sendable {
        /// A process runs.
        case started(pid: Int32, spawnTime: Duration)
        /// It was given a frame, or the data of a message.
        case sent(String, bytes: [UInt8])
        /// It said something that has a meaning.
        case said(String, Mood)
        /// It wrote a line that is for the log.
        case wrote(String, line: String)
        /// Nothing more comes for it.
        case inputClosed
        /// It has ended, and what that means.
        case ended(ProcessExit, String, Mood)
        /// Something that is no fault, and better known.
        case remark(String)
        /// It is not understood, or does not answer.
        case fault(String)
    }

    /// How good it is.
    enum Mood: Sendable {
        case plain, good, doubtful, bad
    }

    /// How long after the beginning.
    let at: Duration
    let kind: Kind
}

extension CheckStep {
    private static let timeWidth = 9

    /// For people: the time, a sign for who speaks, and what happened.
    func lines(_ style: Style) -> [String] {
        let time = Text.milliseconds(at / .milliseconds(1))
        let padding = String(repeating: " ", count: max(Self.timeWidth - Text.width(time), 0))
        let head = style.faint(padding + time) + "  "
        switch kind {
        case .started(let pid, let spawnTime):
            let took = Text.milliseconds(spawnTime / .milliseconds(1))
            return style.wrapped("● started as pid \(pid), which took \(took)", first: head)
        case .sent(let what, let bytes):
            let text = Text.printable(String(decoding: bytes, as: UTF8.self))
            let line = "\(head)→ \(style.bold(what)): \(text)"
            return [style.columns.map { style.cut(line, to: $0) } ?? line]
        case .said(let text, let mood):
            return style.wrapped("← \(Text.printable(text))", first: head).coloured(style, mood)
        case .wrote(let stream, let line):
            return style.wrapped("  \(stream): \(Text.printable(line))", first: head)
        case .inputClosed: return style.wrapped("● its stdin ends: nothing more comes", first: head)
        case .ended(let exit, let meaning, let mood):
            return style.wrapped("● it \(exit)\(meaning)", first: head).coloured(style, mood)
        case .remark(let text): return style.wrapped("● \(text)", first: head).coloured(style, .doubtful)
        case .fault(let text): return style.wrapped("✗ \(Text.printable(text))", first: head).coloured(style, .bad)
        }
    }

    /// For machines.
    var document: CheckDocument.Step {
        let (name, text): (String, String) =
            switch kind {
            case .started(let pid, _): ("started", "\(pid)")
            case .sent(let what, let bytes): ("sent", "\(what): \(String(decoding: bytes, as: UTF8.self))")
            case .said(let text, _): ("answer", text)
            case .wrote(let stream, let line): (stream, line)
            case .inputClosed: ("stdin_closed", "")
            case .ended(let exit, let meaning, _): ("ended", "\(exit)\(meaning)")
            case .remark(let text): ("remark", text)
            case .fault(let text): ("fault", text)
            }
        return CheckDocument.Step(atMilliseconds: at / .milliseconds(1), kind: name, text: text)
    }
}

extension [String] {
    fileprivate func coloured(_ style: Style, _ mood: CheckStep.Mood) -> [String] {
        map { style.coloured($0, mood.colour) }
    }
}

/// What `ptrctl exec-check --json` prints.
struct CheckDocument: Sendable, Encodable {
    struct Step: Sendable, Encodable {
        let atMilliseconds: Double
        /// `started`, `sent`, `answer`, `stdout`, `stderr`, `stdin_closed`, `ended`, `remark` or `fault`.
        let kind: String
        let text: String

        private enum CodingKeys: String, CodingKey {
            case atMilliseconds = "at_milliseconds"
            case kind, text
        }
    }

    let command: [String]
    let good: Bool
    /// How many messages it was given, and how each ended.
    let messages: Int
    let done: Int
    let failed: Int
    let rejected: Int
    let unavailable: Int
    /// What is wrong; empty if it is good.
    let faults: [String]
    let steps: [Step]
}
