import Launching
import Locking
import Logging
import NIOCore
import Pipeline
import WorkerProtocol

/// What a worker's process writes for people: its lines go to the log under the worker's name, no faster than they may, and the
/// last of them are kept for when it ends.
final class WorkerLog: Sendable {
    /// The beginning of a line whose end has not come.
    private struct Line {
        var bytes: [UInt8] = []
        /// How many bytes of it were left out.
        var cut = 0
    }

    private struct State {
        /// By the stream; standard output is one of them where answers come from elsewhere.
        var begun: [ProcessStream: Line] = [:]
        var last: [String] = []
        var bucket: TokenBucket
        var unsaid = 0
    }

    private let state: Locked<State>
    private let longest: Int
    private let logger: Logger
    private let metadata: Logger.Metadata
    private let worker: WorkerHandle
    private let now: @Sendable () -> Duration

    init(_ handler: ExecHandler, _ worker: WorkerHandle) {
        let options = handler.options
        state = Locked(
            State(bucket: TokenBucket(TokenBucket.Rate(perSecond: Double(max(options.errorLinesPerSecond, 1))))))
        longest = max(options.longestErrorLine, 1)
        logger = handler.logger
        metadata = ["worker": "\(worker.name)"]
        self.worker = worker
        now = { [runtime = handler.runtime] in runtime.now }
    }

    /// The last lines, the oldest first.
    var last: [String] { state.withLock(\.last) }

    /// Takes what it has written, in pieces of any size.
    func take(_ bytes: ByteBuffer, from stream: ProcessStream) {
        let now = now()
        var said: [(text: String, unsaid: Int)] = []
        var dropped = 0
        state.withLock { state in
            var line = state.begun.removeValue(forKey: stream) ?? Line()
            var rest = bytes.readableBytesView[...]
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                append(rest[..<end], to: &line)
                rest = rest[(end + 1)...]
                let text = note(&line, in: &state)
                if state.bucket.take(at: now) {
                    said.append((text, state.unsaid))
                    state.unsaid = 0
                } else {
                    state.unsaid += 1
                    dropped += 1
                }
            }
            append(rest, to: &line)
            state.begun[stream] = line
        }
        for (text, unsaid) in said {
            tell(unsaid)
            logger.info("\(text)", metadata: metadata)
        }
        if dropped > 0 { worker.observer.droppedErrorLines(dropped) }
    }

    /// It writes nothing more to a stream: what has no line end is a line, too, and what was left out is said.
    func finish(_ stream: ProcessStream) {
        let (text, unsaid) = state.withLock { state in
            defer { state.unsaid = 0 }
            var line = state.begun.removeValue(forKey: stream) ?? Line()
            return (line.bytes.isEmpty ? nil : note(&line, in: &state), state.unsaid)
        }
        tell(unsaid)
        if let text { logger.info("\(text)", metadata: metadata) }
    }

    /// What a worker asks to be logged, no faster than its lines.
    func log(_ level: WorkerLogLevel, _ message: String) {
        let now = now()
        let unsaid = state.withLock { state -> Int? in
            guard state.bucket.take(at: now) else {
                state.unsaid += 1
                return nil
            }
            defer { state.unsaid = 0 }
            return state.unsaid
        }
        guard let unsaid else { return worker.observer.droppedErrorLines(1) }
        tell(unsaid)
        let text = message.utf8.count > longest ? String(beginningOf: message.utf8, longest) + "…" : message
        logger.log(level: Logger.Level(rawValue: level.rawValue) ?? .info, "\(text)", metadata: metadata)
    }

    private func tell(_ unsaid: Int) {
        guard unsaid > 0 else { return }
        logger.warning(
            "\(worker.name): \(unsaid) lines before this were too many, and are left out", metadata: metadata)
    }

    private func append(_ bytes: ByteBufferView, to line: inout Line) {
        let kept = bytes.prefix(max(longest - line.bytes.count, 0))
        line.bytes.append(contentsOf: kept)
        line.cut += bytes.count - kept.count
    }

    /// A line is whole: it is one of the last.
    private func note(_ line: inout Line, in state: inout State) -> String {
        if line.bytes.last == UInt8(ascii: "\r"), line.cut == 0 { line.bytes.removeLast() }
        let text = String(decoding: line.bytes, as: UTF8.self) + (line.cut > 0 ? "… (\(line.cut) bytes more)" : "")
        line.bytes.removeAll(keepingCapacity: true)
        line.cut = 0
        state.last.append(text)
        if state.last.count > PostMortem.lines { state.last.removeFirst() }
        return text
    }
}
