import Launching
import Locking
import NIOCore
import Pipeline
import WorkerProtocol

/// One process of a resident worker, and what is said to it and by it.
///
/// Hands are given by the worker's task, answers come on the launcher's thread: both only hold a lock for what they note. When it
/// fails, for whatever reason, its process is ended at once, and that is told once.
final class WorkerSession: WorkerProcessListener {
    private struct State {
        var process: WorkerProcess?
        var conversation: Conversation
        var reader: AnswerReader
        /// What it owes answers for, by the frames of the conversation.
        var hands: [Hand] = []
        /// Who waits until it takes another frame, or until it owes nothing.
        var room: CheckedContinuation<Void, Never>?
        var waitsForAll = false
        var failure: (any Error)?
        /// Whether it has broken the protocol: what it says from then on means nothing, also while it is to end anyway.
        var isDeaf = false
        /// Whether it is to end, so that its end is no failure.
        var isEnding = false
        var hasEnded = false
        /// When the oldest frame was given or became the oldest, or was last answered for in part.
        var oldestSince = Duration.zero
        /// When it was last heard of.
        var lastSign = Duration.zero
        var given = 0
        var bornAt = Duration.zero
        /// What its answers ended with that was half an answer.
        var half: ProtocolFault?

        /// Whether what is waited for is so.
        func hasRoom(forAll: Bool) -> Bool { failure != nil || (forAll ? hands.isEmpty : conversation.hasRoom) }
    }

    /// What makes frames. Its lock is taken before that of the state, never after it.
    private struct Writer {
        var encoder: FrameEncoder
        var buffer = ByteBuffer()
    }

    /// What has come of the start.
    private enum Start {
        case ready, late, cancelled
        case failed(any Error)
    }

    private let handler: ExecHandler
    private let worker: WorkerHandle
    private let isSuccessor: Bool
    private let onFailure: @Sendable (any Error) -> Void
    private let state: Locked<State>
    private let writer: Locked<Writer>
    private let start = OneShot<Start>()

    private var options: ExecOptions { handler.options }

    /// - Parameters:
    ///   - isSuccessor: whether it takes the place of one that has worked.
    ///   - onFailure: is told why it is of no more use, while it was of use.
    init(
        _ handler: ExecHandler, _ worker: WorkerHandle, isSuccessor: Bool,
        onFailure: @escaping @Sendable (any Error) -> Void
    ) {
        self.isSuccessor = isSuccessor
        self.handler = handler
        self.worker = worker
        self.onFailure = onFailure
        let options = handler.options
        state = Locked(
            State(
                conversation: Conversation(prefetch: options.demand.prefetch),
                reader: AnswerReader(framing: options.framing, maximumAnswerBytes: options.maxAnswerBytes)))
        writer = Locked(Writer(encoder: FrameEncoder(framing: options.framing)))
    }

    // MARK: - Its life

    /// Starts the process, and waits until it says that it is ready where that is asked for.
    func begin() async throws -> BodyStart {
        let process = try await WorkerProcess.start(handler, worker, replies: options.replies, listener: self)
        let now = handler.runtime.now
        state.withLock { state in
            state.process = process
            (state.bornAt, state.lastSign) = (now, now)
        }
        guard options.waitsForReady else { return .unproven }
        let limit = options.startTimeout
        let result: Start = await withTaskCancellationHandler {
            await start.value(within: limit, otherwise: .late) { [handler] in try await handler.sleep($0) }
        } onCancel: {
            start.resolve(.cancelled)
        }
        switch result {
        case .ready: return .ready
        case .cancelled: throw CancellationError()
        case .failed(let error): throw error
        case .late:
            throw BodyEnded(
                "it has not said that it is ready within \(limit.inSeconds): print {\"ready\":1}, flushed, or raise start_timeout"
            )
        }
    }

    /// It gets nothing more: from now on its end is no failure.
    func retire() { state.withLock { $0.isEnding = true } }

    /// Ends it in good order: it owes nothing, and gets nothing more.
    func stop(over cause: BodyExitCause, step: Duration) async {
        let process = state.withLock { state in
            state.isEnding = true
            return state.process
        }
        await process?.stop(over: cause, step: step)
    }

    /// Ends it at once; returns when nothing of it goes on.
    func kill() async {
        let process = state.withLock { state in
            state.isEnding = true
            return state.process
        }
        process?.kill(over: .killed)
        await process?.end()
    }

    var process: WorkerProcess? { state.withLock(\.process) }

    /// Whether it has done its share, or lived for its time.
    var isWornOut: Bool {
        let (given, age) = state.withLock { ($0.given, handler.runtime.now - $0.bornAt) }
        return given >= options.recycleMessages ?? .max || options.recycleAfter.map { age >= $0 } ?? false
    }

    /// Why nothing comes of it, if that can be told: it is stopped, or has never answered.
    var silence: String? {
        let (answers, process) = state.withLock { ($0.conversation.answers, $0.process) }
        guard let process else { return nil }
        if process.isStopped {
            return
                "its process is stopped, by SIGSTOP or the like; whoever sends that sends SIGCONT, and no worker to itself"
        }
        guard answers == 0 else { return nil }
        return SilentWorker.fault(unreadBytes: process.unreadInput, command: options.launch.command).description
    }

    // MARK: - What it is given

    /// Gives it a hand, when it has room for one more frame.
    func give(_ hand: Hand) async throws {
        repeat {
            await waitForRoom()
            let (failure, isEnding) = state.withLock { ($0.failure, $0.isEnding) }
            if let failure { throw failure }
            if isEnding || Task.isCancelled { throw CancellationError() }
        } while !take(hand, if: { true })
    }

    /// Gives it a hand if it has room for one more frame.
    ///
    /// - Parameter begin: whether it is to have it still.
    func take(_ hand: Hand, if begin: () -> Bool) -> Bool {
        let now = handler.runtime.now
        // Who comes next is held up here, so that frames are written in the order in which they are noted.
        return writer.withLock { writer in
            let frame = state.withLock { state -> UInt64? in
                guard state.failure == nil, !state.isEnding, state.conversation.hasRoom, begin() else { return nil }
                if state.hands.isEmpty { (state.oldestSince, state.lastSign) = (now, now) }
                state.hands.append(hand)
                state.given += hand.entries.count
                return hand.entries.count == 1
                    ? state.conversation.sent(hand.entries[0].message.sequence)
                    : state.conversation.sent(batch: hand.entries.lazy.map(\.message.sequence))
            }
            guard let frame else { return false }
            if hand.entries.count == 1 {
                writer.encoder.append(handler.frameMessage(hand.entries[0]), to: &writer.buffer)
            } else {
                writer.encoder.beginBatch(in: &writer.buffer)
                for index in hand.entries.indices {
                    writer.encoder.appendToBatch(handler.frameMessage(hand.entries[index]), in: &writer.buffer)
                }
                writer.encoder.endBatch(frame: frame, in: &writer.buffer)
            }
            if writer.buffer.readableBytes >= Self.mostKept { flush(&writer) }
            return true
        }
    }

    /// As many bytes of frames may be kept back.
    private static let mostKept = 1 << 16

    /// Writes the frames that were kept back, so that several that are there together wake the process once.
    func flush() { writer.withLock { flush(&$0) } }

    private func flush(_ writer: inout Writer) {
        guard writer.buffer.readableBytes > 0 else { return }
        process?.write(writer.buffer)
        if writer.buffer.capacity > 1 << 20 { writer.buffer = ByteBuffer() } else { writer.buffer.clear() }
    }

    /// Waits until it has answered for all that it was given.
    func drain() async throws {
        await waitForRoom(forAll: true)
        if let failure = state.withLock(\.failure) { throw failure }
        try Task.checkCancellation()
    }

    /// It may have said that it takes fewer frames than it is dealt.
    private func waitForRoom(forAll: Bool = false) async {
        if state.withLock({ $0.hasRoom(forAll: forAll) }) { return }
        flush()
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isThere = state.withLock { state in
                    if state.hasRoom(forAll: forAll) || Task.isCancelled { return true }
                    (state.room, state.waitsForAll) = (continuation, forAll)
                    return false
                }
                if isThere { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.room.take() }?.resume()
        }
    }

    // MARK: - What it says

    /// What comes of some of its answers, in their order.
    private struct News {
        var answered: [HandReport] = []
        var logs: [(WorkerLogLevel, String)] = []
        var progress: Hand?
        var isReady = false
        var outOfOrder = 0
        var room: CheckedContinuation<Void, Never>?
        var fault: ProtocolFault?
        var heartbeat = false
    }

    func received(_ bytes: ByteBuffer) {
        let now = handler.runtime.now
        let news = state.withLock { state -> News in
            var news = News()
            guard state.failure == nil, !state.isDeaf else { return news }
            state.lastSign = now
            let outOfOrder = state.conversation.answersOutOfOrder
            state.reader.take(bytes)
            do throws(ProtocolFault) {
                while let answer = try state.reader.next() {
                    note(try state.conversation.take(answer), at: now, in: &state, &news)
                }
            } catch {
                news.fault = error
                state.isDeaf = true
            }
            news.outOfOrder = state.conversation.answersOutOfOrder - outOfOrder
            if state.hasRoom(forAll: state.waitsForAll) { news.room = state.room.take() }
            return news
        }
        tell(news)
    }

    private func note(_ meaning: Meaning, at now: Duration, in state: inout State, _ news: inout News) {
        switch meaning {
        case .ready:
            news.isReady = true
            news.heartbeat = state.conversation.hasHeartbeat
        case .log(let level, let message): news.logs.append((level, message))
        case .progress(let place):
            // It puts off the timeout of the oldest frame only, and not for ever.
            if place == 0, now - state.oldestSince <= options.maxTime { news.progress = state.hands[0] }
        case .answered(let resolution):
            news.answered += Self.reports(of: resolution.part, of: state.hands[resolution.place])
            if resolution.completesFrame { state.hands.remove(at: resolution.place) }
            if resolution.place == 0 { state.oldestSince = now }
        }
    }

    /// Tells all that it has said; outside of the lock, for who is told has locks of his own.
    private func tell(_ news: News) {
        if news.isReady {
            worker.observer.proved()
            start.resolve(.ready)
        }
        if news.heartbeat, let limit = options.heartbeat { watchSilence(limit) }
        news.progress?.progress()
        // One that is about to fail, or has ended, gets nothing for what it has said before.
        if !news.answered.isEmpty {
            Hand.report(news.answered, goesOn: news.fault == nil && process?.isReaped != true)
        }
        for (level, message) in news.logs { process?.log.log(level, message) }
        if news.outOfOrder > 0 { worker.observer.answeredOutOfOrder(news.outOfOrder) }
        news.room?.resume()
        if let fault = news.fault { fail(BodyEnded("\(fault)"), over: .protocolBroken) }
    }

    private static func reports(of part: Resolution.Part, of hand: Hand) -> [HandReport] {
        switch part {
        case .rest(let outcome): [HandReport(.rest(outcome.outcome), of: hand)]
        case .message(let index, let outcome): [HandReport(.message(index, outcome.outcome), of: hand)]
        case .exceptions(let exceptions):
            [
                HandReport(.some(exceptions.map { Answer($0.index, $0.outcome.outcome) }), of: hand),
                HandReport(.rest(.done), of: hand),
            ]
        }
    }

    // MARK: - Its end

    func gaveSign() {
        let now = handler.runtime.now
        state.withLock { $0.lastSign = now }
    }

    func repliesEnded() {
        let half = state.withLock { state in
            do throws(ProtocolFault) { try state.reader.finish() } catch { state.half = error }
            return state.half
        }
        // How it ended tells more than half an answer does, so that is waited for.
        expectEnd(
            half?.description
                ?? "it has closed what its answers come from, and lives on; keep it open until stdin ends")
    }

    func inputBroken() {
        expectEnd("it has closed its standard input, and lives on; a resident worker reads until its stdin ends")
    }

    /// A process that has closed a pipe mostly ends; one that does not is of no more use.
    private func expectEnd(_ reason: String) {
        guard state.withLock({ $0.failure == nil && !$0.isEnding }) else { return }
        handler.runtime.spawn { [self] in
            try? await handler.sleep(.seconds(1))
            guard state.withLock({ !$0.hasEnded && !$0.isEnding }) else { return }
            fail(BodyEnded(reason), over: .protocolBroken)
        }
    }

    func ended(_ exit: ProcessExit, of process: WorkerProcess) {
        let (reason, room) = state.withLock { state -> ((any Error)?, CheckedContinuation<Void, Never>?) in
            state.hasEnded = true
            let room = state.room.take()
            guard state.failure == nil, !state.isEnding else { return (nil, room) }
            state.failure = judge(exit, of: process, state)
            return (state.failure, room)
        }
        room?.resume()
        guard let reason else { return }
        start.resolve(.failed(reason))
        onFailure(reason)
    }

    /// Who pays for its end: what it had in hand, if it ended over that by itself.
    private func judge(_ exit: ProcessExit, of process: WorkerProcess, _ state: borrowing State) -> any Error {
        let hasWorked = !isSuccessor ? true : state.conversation.isReady ? true : state.conversation.answers > 0
        let last = process.postMortem?.words ?? ""
        switch exit.cause {
        case .signalled where process.wantedMemory:
            return ProcessCrashed(description: "the kernel has ended it, because it took more than memory_max\(last)")
        case .signalled(let number, _) where SignalNumber.outside.contains(number):
            return BodyEnded("it \(exit), which nobody here has sent\(last)", isFromOutside: true)
        case .exited where state.half != nil:
            process.isToEnd(over: .protocolBroken)
            return BodyEnded("\(state.half.map { "\($0)" } ?? "")\(last)")
        case .exited(status: 0):
            guard !state.hands.isEmpty else {
                return BodyEnded(
                    "it ended by itself, with status 0; a resident worker reads until its stdin ends\(last)")
            }
            return BodyEnded(
                "\(ProtocolFault.endedEarly(answers: state.conversation.answers, unreadBytes: nil))\(last)")
        // One that takes another's place and has never worked could not start, whatever it was given.
        case .exited, .signalled:
            return hasWorked
                ? ProcessCrashed(description: "it \(exit)\(last)")
                : BodyEnded("it \(exit) before its first answer\(last)")
        case .unknown: return BodyEnded("\(exit)\(last)")
        }
    }

    /// It is of no more use: it is ended at once, and the worker with it.
    private func fail(_ error: any Error, over cause: BodyExitCause) {
        let (isFirst, process, room) = state.withLock { state in
            guard state.failure == nil, !state.isEnding else { return (false, state.process, state.room.take()) }
            state.failure = error
            return (true, state.process, state.room.take())
        }
        room?.resume()
        guard isFirst else { return }
        process?.kill(over: cause)
        start.resolve(.failed(error))
        onFailure(error)
    }

    // MARK: - Its silence

    /// Looks from time to time whether it gives signs of life while it works, for as long as it is of use.
    private func watchSilence(_ limit: Duration) {
        handler.runtime.spawn { [weak self, handler] in
            while (try? await handler.sleep(limit / 4)) != nil {
                guard let self, state.withLock({ $0.failure == nil && !$0.isEnding }) else { return }
                let silence = state.withLock { state in
                    state.hands.isEmpty ? .zero : handler.runtime.now - state.lastSign
                }
                guard silence > limit else { continue }
                return fail(
                    ProcessCrashed(description: "it gave no sign of life for \(limit.inSeconds), with work in hand"),
                    over: .hung)
            }
        }
    }
}
