import Glibc
import NIOCore
import Pipeline
import WorkerProtocol

/// A thread that builds frames, writes them to a program, and reads its answers, and does nothing else: no tree can be faster.
struct BareDriver {
    private let demand: Demand
    private let data: ByteBuffer
    private let input: CInt
    private let output: CInt
    private let pid: pid_t
    private var encoder = FrameEncoder(framing: .lines)
    private var frames = ByteBuffer()
    private var reader = AnswerReader(framing: .lines)
    private var conversation: Conversation
    private var sequence: UInt64 = 0

    /// Starts the program, and waits until it is ready.
    init(_ worker: MeasuredWorker, data: ByteBuffer) {
        demand = worker.demand
        self.data = data
        var (input, output): ([CInt], [CInt]) = ([0, 0], [0, 0])
        guard pipe(&input) == 0, pipe(&output) == 0 else { fatalError("no pipe") }
        for end in [input[1], output[0]] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, input[0], 0)
        posix_spawn_file_actions_adddup2(&actions, output[1], 1)
        // In a session of its own, as the launcher's: many systems schedule by sessions.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        posix_spawnattr_setflags(&attributes, 0x80)
        var arguments = worker.command.map { strdup($0) } + [nil]
        var environment: [UnsafeMutablePointer<CChar>?] = [nil]
        var pid = pid_t()
        guard posix_spawn(&pid, worker.command[0], &actions, &attributes, &arguments, &environment) == 0 else {
            fatalError("\(worker.command[0]) does not start")
        }
        for end in [input[0], output[1]] { Glibc.close(end) }
        (self.input, self.output, self.pid) = (input[1], output[0], pid)
        conversation = Conversation(prefetch: worker.demand.prefetch)
        while !conversation.isReady { _ = receive() }
    }

    /// Gives it that many messages, and returns how many it has answered for in a second.
    mutating func rate(of count: Int) -> Double {
        let clock = ContinuousClock()
        let begin = clock.now
        var (left, answered) = (count, 0)
        send(demand.prefetch, of: &left)
        while answered < count {
            let frames = receive()
            answered += frames * demand.batch
            send(frames, of: &left)
        }
        return Double(count) / ((clock.now - begin) / .seconds(1))
    }

    private mutating func send(_ count: Int, of left: inout Int) {
        frames.clear()
        for _ in 0..<min(count, left / demand.batch) {
            left -= demand.batch
            if demand.batch == 1 {
                conversation.sent(sequence)
                encoder.append(message(), to: &frames)
            } else {
                let number = conversation.sent(batch: sequence..<sequence + UInt64(demand.batch))
                encoder.beginBatch(in: &frames)
                for _ in 0..<demand.batch { encoder.appendToBatch(message(), in: &frames) }
                encoder.endBatch(frame: number, in: &frames)
            }
        }
        frames.withUnsafeReadableBytes { bytes in
            var written = 0
            while written < bytes.count {
                let count = Glibc.write(input, bytes.baseAddress! + written, bytes.count - written)
                guard count > 0 else { fatalError("it reads no more") }
                written += count
            }
        }
    }

    private mutating func message() -> FrameMessage {
        defer { sequence += 1 }
        return FrameMessage(
            identity: .hash(high: sequence, low: sequence), stream: "memory", type: nil, data: data,
            time: 1_795_793_617_120_456 + Int64(sequence), sequence: sequence, eventID: ByteBuffer(string: "1"))
    }

    /// Waits for answers; how many there were.
    private mutating func receive() -> Int {
        var bytes = ByteBuffer()
        let count = bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: 1 << 16) {
            max(Glibc.read(output, $0.baseAddress, $0.count), 0)
        }
        guard count > 0 else { fatalError("it answers no more") }
        reader.take(bytes)
        let before = conversation.answers
        do {
            while let answer = try reader.next() { _ = try conversation.take(answer) }
        } catch {
            fatalError("\(error)")
        }
        return conversation.answers - before
    }

    /// Lets it end.
    func close() {
        Glibc.close(input)
        Glibc.close(output)
        waitpid(pid, nil, 0)
    }
}
