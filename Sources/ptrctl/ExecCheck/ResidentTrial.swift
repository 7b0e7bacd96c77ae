import Launching
import NIOCore
import WorkerProtocol

/// One resident worker that is tried, from its first frame to its end.
struct ResidentTrial {
    /// How far it is.
    private enum Phase {
        /// It has frames in hand, or gets one.
        case talking
        /// All is answered for, its stdin has ended.
        case stopping
        /// It was waited for in vain; its stdin has ended, which may bring out what lies in a buffer.
        case silent
        case over
    }

    /// A frame that it was given.
    private struct Frame {
        let name: String
        let messages: [UInt64]
        let sentAt: ContinuousClock.Instant
        /// How many of them are not answered for.
        var open: Int
    }

    private let settings: CheckSettings
    private let process: LaunchedProcess
    private let observer: CheckedProcess
    private let start: ContinuousClock.Instant
    private let note: @Sendable (CheckStep) -> Void
    private var messages: ArraySlice<FrameMessage>
    private var encoder: FrameEncoder
    private var reader: AnswerReader
    private var conversation: Conversation
    /// Those in hand, the oldest first.
    private var frames: [Frame] = []
    private var (output, errors) = (LogLines(), LogLines())
    private var phase = Phase.talking
    /// Why it was not waited for any longer.
    private var complaint: String?
    /// Whether it answered when its stdin had ended, and not before.
    private var isLate = false
    private var timer: Task<Void, Never>?
    private var timerNumber = 0
    private(set) var tally = CheckTally()

    /// As long as that is waited for what a buffer may hold.
    private static let lateTime = Duration.seconds(2)

    init(
        _ settings: CheckSettings, _ process: LaunchedProcess, _ observer: CheckedProcess, time: Int64,
        start: ContinuousClock.Instant, note: @escaping @Sendable (CheckStep) -> Void
    ) {
        (self.settings, self.process, self.observer, self.start, self.note) = (settings, process, observer, start, note)
        // A batch for each of the samples, so that there are three.
        let data = settings.data.flatMap { Array(repeating: $0, count: settings.data.count == 3 ? settings.batch : 1) }
        messages = data.enumerated().map { SampleMessages.message($0 + 1, $1, time: time) }[...]
        encoder = FrameEncoder(framing: settings.framing)
        reader = AnswerReader(framing: settings.framing, maximumAnswerBytes: settings.maximumAnswerBytes)
        conversation = Conversation(prefetch: settings.prefetch)
        tally.messages = messages.count
    }

    var isOver: Bool { phase == .over }

    mutating func begin() {
        say(.started(pid: process.pid, spawnTime: process.spawnTime))
        sendWhatFits()
        expect(within: settings.timeout)
    }

    mutating func take(_ event: CheckEvent) {
        switch event {
        case .wrote(let bytes, let stream):
            defer { observer.took(bytes.readableBytes) }
            if stream == (settings.replyDescriptor == 3 ? .reply : .output) {
                hear(bytes)
            } else {
                let lines = stream == .errors ? errors.take(bytes) : output.take(bytes)
                for line in lines { say(.wrote(stream == .errors ? "stderr" : "stdout", line: line)) }
            }
        case .timeUp(let number) where number == timerNumber: timeUp()
        case .timeUp: break
        case .ended(let exit): ended(exit)
        }
    }

    // MARK: To it

    private mutating func sendWhatFits() {
        while conversation.hasRoom, !messages.isEmpty {
            var buffer = ByteBuffer()
            let sent = Array(messages.prefix(settings.batch))
            messages = messages.dropFirst(sent.count)
            let name: String
            if settings.batch > 1 {
                let number = conversation.sent(batch: sent.map(\.sequence))
                encoder.beginBatch(in: &buffer)
                for message in sent { encoder.appendToBatch(message, in: &buffer) }
                encoder.endBatch(frame: number, in: &buffer)
                name = "batch \(number)"
            } else {
                encoder.append(sent[0], to: &buffer)
                conversation.sent(sent[0].sequence)
                name = "message \(sent[0].sequence)"
            }
            let text = buffer.readableBytesView.dropFirst(settings.framing == .length ? 4 : 0)
            say(.sent(name, bytes: Array(settings.framing == .lines ? text.dropLast() : text)))
            frames.append(Frame(name: name, messages: sent.map(\.sequence), sentAt: .now, open: sent.count))
            process.write(buffer)
        }
    }

    private mutating func expect(within time: Duration) {
        timer?.cancel()
        timerNumber += 1
        timer = observer.wait(time, number: timerNumber)
    }

    private mutating func closeInput(within time: Duration) {
        say(.inputClosed)
        process.closeInput()
        expect(within: time)
    }

    // MARK: From it

    private mutating func hear(_ bytes: ByteBuffer) {
        guard phase != .over else { return }
        reader.take(bytes)
        do throws(ProtocolFault) {
            while let answer = try reader.next() { understand(try conversation.take(answer)) }
        } catch {
            return fail(error)
        }
        guard phase == .talking else { return }
        sendWhatFits()
        if frames.isEmpty {
            phase = .stopping
            closeInput(within: settings.grace)
        }
    }

    private mutating func understand(_ meaning: Meaning) {
        switch meaning {
        case .ready:
            let more = conversation.hasHeartbeat ? ", and will give signs of life" : ""
            say(.said("it is ready, for \(Text.count(conversation.prefetch, "frame")) at once\(more)", .good))
        case .progress(let place):
            say(.said("it works on \(frames[place].name)", .plain))
            if place == 0 { expect(within: settings.timeout) }
        case .log(let level, let message): say(.said("for the log, \(level.rawValue): \(message)", .plain))
        case .answered(let resolution): settle(resolution)
        }
    }

    private mutating func settle(_ resolution: Resolution) {
        let frame = frames[resolution.place]
        let time = ContinuousClock.now - frame.sentAt
        tally.slowest = max(tally.slowest ?? .zero, time)
        let after = ", after \(Text.milliseconds(time / .milliseconds(1)))"
        switch resolution.part {
        case .rest(let outcome):
            tally.add(outcome, count: frame.open)
            say(.said("\(frame.name) \(outcome.words)\(after)", outcome.mood))
        case .message(let index, let outcome):
            tally.add(outcome)
            frames[resolution.place].open -= 1
            say(.said("message \(frame.messages[index]) \(outcome.words)\(after)", outcome.mood))
        case .exceptions(let exceptions):
            for exception in exceptions {
                tally.add(exception.outcome)
                let message = "message \(frame.messages[exception.index])"
                say(.said("\(message) \(exception.outcome.words)", exception.outcome.mood))
            }
            tally.add(.done, count: frame.open - exceptions.count)
            say(.said("the rest of \(frame.name) is done\(after)", .good))
        }
        if resolution.completesFrame { frames.remove(at: resolution.place) }
        if phase == .silent { isLate = true }
        if resolution.place == 0, phase == .talking { expect(within: settings.timeout) }
    }

    // MARK: Its end

    private mutating func timeUp() {
        switch phase {
        case .talking:
            let time = Text.duration(settings.timeout, .measured)
            let name = frames.first?.name ?? "the worker"
            say(.fault("no answer for \(name) within \(time)"))
            complaint =
                conversation.answers == 0
                ? "\(SilentWorker.fault(unreadBytes: process.unreadInput, command: settings.command))"
                : "\(name) was not answered for within \(time); answer sooner, or raise workers.timeout"
            phase = .silent
            // What lies in a buffer of its own is written at its end.
            closeInput(within: Self.lateTime)
        case .stopping:
            say(.remark("it goes on though its stdin has ended; ptrd sends SIGTERM after stop_grace, and then SIGKILL"))
            finish()
        case .silent, .over: finish()
        }
    }

    private mutating func ended(_ exit: ProcessExit) {
        for line in output.finish() { say(.wrote("stdout", line: line)) }
        for line in errors.finish() { say(.wrote("stderr", line: line)) }
        guard phase != .over else { return }
        let isClean = exit.cause == .exited(status: 0)
        do throws(ProtocolFault) {
            try reader.finish()
        } catch {
            say(.ended(exit, "", .plain))
            return fail(error)
        }
        switch phase {
        case .talking:
            say(.ended(exit, ", with \(frames.first?.name ?? "nothing") in hand", .bad))
            let fault = ProtocolFault.endedEarly(answers: conversation.answers, unreadBytes: nil)
            complaint =
                isClean
                ? "\(fault)" : "it \(exit) with messages in hand, a crash; what it wrote to stderr may say why"
        case .stopping: say(.ended(exit, "", isClean ? .good : .doubtful))
        case .silent, .over: say(.ended(exit, "", .plain))
        }
        finish()
    }

    /// What it says is not understood.
    private mutating func fail(_ fault: ProtocolFault) {
        say(.fault(fault.what))
        if phase == .silent { isLate = true }
        finish()
        tally.faults.append("\(fault)")
    }

    private mutating func finish() {
        if isLate {
            tally.faults.append("\(SilentWorker.provenFault(command: settings.command))")
        } else if let complaint {
            tally.faults.append(complaint)
        }
        phase = .over
        timer?.cancel()
    }

    private func say(_ kind: CheckStep.Kind) {
        note(CheckStep(at: ContinuousClock.now - start, kind: kind))
    }
}
