import Launching
import NIOCore
import WorkerProtocol

/// How a worker is tried.
struct CheckSettings: Sendable {
    /// The program by its absolute path, and its arguments.
    var command: [String]
    var isOneshot = false
    var framing = Framing.lines
    /// Where it answers: 1, standard output, or 3.
    var replyDescriptor = 1
    /// How many messages a frame has; 1: no batches.
    var batch = 1
    /// How many frames it has in hand.
    var prefetch = 1
    /// How long an answer may take.
    var timeout = Duration.seconds(10)
    /// Its variables, but for those of a message.
    var environment: [String: String] = [:]
    /// The data of the messages.
    var data = SampleMessages.own
    /// The most bytes that an answer may have.
    let maximumAnswerBytes = 1 << 20
    /// How long it may take to end when its stdin has.
    let grace = Duration.seconds(5)

    /// As ptrd starts it, with the limits that it has by default.
    func specification(of message: FrameMessage? = nil) -> LaunchSpecification {
        LaunchSpecification(
            command: command,
            environment: environment.merging(message.map(OneshotProtocol.environment) ?? [:]) { _, ours in ours },
            limits: ResourceLimits(openFiles: 1024, core: 0), hasReplyDescriptor: replyDescriptor == 3)
    }

    /// What to write into ptrd.toml, one line after another.
    ///
    /// - Parameter absolute: makes a path of an argument that is one from where we are.
    func configuration(absolute: (String) -> String) -> [String] {
        let words = ([command[0]] + command.dropFirst().map(absolute)).map(Self.quoted).joined(separator: ", ")
        var lines = ["[handler]", #"kind = "exec""#, "[handler.exec]", "command = [\(words)]"]
        if isOneshot { lines.append(#"mode = "oneshot""#) }
        if framing != .lines { lines.append("framing = \"\(framing.rawValue)\"") }
        if replyDescriptor != 1 { lines.append("reply_fd = \(replyDescriptor)") }
        if prefetch > 1 { lines.append("prefetch = \(prefetch)") }
        if batch > 1 { lines.append("batch = { max = \(batch) }") }
        return lines
    }

    /// A string of TOML.
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            case "\u{0}"..."\u{1F}", "\u{7F}":
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
