import Locking
import Logging
import NIOCore
import Pipeline
import WorkerProtocol

/// What a worker's process writes for people: its lines go to the log under the worker's name, no faster than they may, and the
/// last of them are kept for when it ends.
final class WorkerLog: Sendable {
    private struct State {
        /// The beginning of a line whose end has not come, and how many bytes of it were left out.
        var begun: [UInt8] = []
        var cut = 0
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
    func take(_ bytes: ByteBuffer) {
        let now = now()
        var (said, unsaid, dropped) = ([String](), 0, 0)
        state.withLock { state in
            var rest = bytes.readableBytesView[...]
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                append(rest[..<end], to: &state)
                rest = rest[(end + 1)...]
                let line = endLine(&state)
                if state.bucket.take(at: now) {
                    said.append(line)
                    unsaid += state.unsaid
                    state.unsaid = 0
                } else {
                    state.unsaid += 1
                    dropped += 1
                }
            }
            append(rest, to: &state)
        }
        if unsaid > 0 {
            logger.warning(
                "\(worker.name): \(unsaid) lines before this one were too many, and are left out", metadata: metadata)
        }
        for line in said { logger.info("\(line)", metadata: metadata) }
        if dropped > 0 { worker.observer.droppedErrorLines(dropped) }
    }

    /// It writes nothing more: what has no line end is a line, too.
    func finish() {
        let line = state.withLock { state in state.begun.isEmpty ? nil : endLine(&state) }
        if let line { logger.info("\(line)", metadata: metadata) }
    }

    /// What a worker asks to be logged, no faster than its lines.
    func log(_ level: WorkerLogLevel, _ message: String) {
        let now = now()
        let isSaid = state.withLock { state in
            let isSaid = state.bucket.take(at: now)
            if !isSaid { state.unsaid += 1 }
            return isSaid
        }
        guard isSaid else { return worker.observer.droppedErrorLines(1) }
        let text = message.utf8.count > longest ? String(beginningOf: message.utf8, longest) + "…" : message
        logger.log(level: Logger.Level(rawValue: level.rawValue) ?? .info, "\(text)", metadata: metadata)
    }

    private func append(_ bytes: ByteBufferView, to state: inout State) {
        let kept = bytes.prefix(max(longest - state.begun.count, 0))
        state.begun.append(contentsOf: kept)
        state.cut += bytes.count - kept.count
    }

    private func endLine(_ state: inout State) -> String {
        if state.begun.last == UInt8(ascii: "\r"), state.cut == 0 { state.begun.removeLast() }
        let text = String(decoding: state.begun, as: UTF8.self) + (state.cut > 0 ? "… (\(state.cut) bytes more)" : "")
        state.begun.removeAll(keepingCapacity: true)
        state.cut = 0
        state.last.append(text)
        if state.last.count > PostMortem.lines { state.last.removeFirst() }
        return text
    }
}
