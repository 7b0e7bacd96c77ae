import Glibc
import Locking
public import ProgramKit

/// Writes records as lines to a descriptor: stdout, or a file.
///
/// - A batch is, to a file, one write, or several: lines that lie in one piece are written from there, others are copied together. Pipes and terminals get writes of at most `PIPE_BUF` that end
///   with a line where one ends, so that lines of several writers of one pipe do not mix.
/// - A descriptor that would block is waited for; so is a full disk, looked at again each second, for a full disk is
///   the operator's to mend and no reason to lose messages. Both waits end when the writer is stopped.
/// - A file that is opened anew takes the place of the old one at once, also while that one is waited for.
/// - A record that is torn by a stop of the writer is not decided: the next time it is written whole, on a line of its own.
/// - A reader that went away, or another error, refuses the records it hit.
public final class DescriptorSink<Record: LineRecord>: RecordSink {
    /// What an operator should hear about; each state is told once, not once a second.
    public enum Event: Sendable, Equatable {
        /// The file system, or our share of it, is full; the sink waits.
        case diskFull(name: String, DiskShortage)
        /// There is room again.
        case diskHasRoom(name: String)
    }

    /// The system call, replaceable to test what only rare days bring: the count written, or −1 and the error number.
    typealias Write = @Sendable (_ descriptor: Int32, UnsafeRawBufferPointer, OutputDescriptor.Kind) -> (Int, Int32)

    private struct State {
        var output: OutputDescriptor
        var kind: OutputDescriptor.Kind
        /// What is copied, to be written in one piece.
        var buffer: [UInt8] = []
        /// Where each record of the piece that is written ends in it.
        var ends: [Int] = []
        /// The last record was torn: the next one must begin on a line of its own.
        var isMidLine = false
        /// Whether the piece begins with the line feed that ends a torn line.
        var endsTornLine = false
        var isDiskFull = false
    }

    /// Held by the writer's thread only; the lock is never contended, it shows the compiler so.
    private let state: Locked<State>
    /// The file that was opened anew, until the writer's thread takes it.
    private let fresh = Locked<OutputDescriptor?>(nil)
    /// Woken when there is a fresh file.
    private let waker = Waker()
    private let path: String?
    private let retryMilliseconds: Int32
    private let breaks: Bool
    private let onEvent: @Sendable (Event) -> Void
    private let systemWrite: Write

    /// Creates a sink. Call ``ignoreBrokenPipeSignal()`` once in the process.
    ///
    /// - Parameters:
    ///   - output: Where to write. A file opened by path is closed with the sink.
    ///   - onEvent: Told from the writer's thread; it must not wait for the same writer.
    ///   - breaks: Whether an output that takes nothing any more ends the writer, with what is queued kept (``BatchResult/End``);
    ///     otherwise the records that it hit are refused, and the next ones tried.
    public convenience init(
        _ output: OutputDescriptor, breaks: Bool = false, onEvent: @escaping @Sendable (Event) -> Void = { _ in }
    ) {
        self.init(output, retryMilliseconds: 1000, breaks: breaks, write: Self.write, onEvent: onEvent)
    }

    init(
        _ output: OutputDescriptor, retryMilliseconds: Int32, breaks: Bool = false, write: @escaping Write,
        onEvent: @escaping @Sendable (Event) -> Void
    ) {
        var first = State(output: output, kind: OutputDescriptor.kind(of: output.number))
        first.isMidLine = output.endsMidLine
        state = Locked(first)
        path = output.path
        self.retryMilliseconds = retryMilliseconds
        self.breaks = breaks
        systemWrite = write
        self.onEvent = onEvent
    }

    deinit {
        state.withLock { if $0.output.path != nil { _ = close($0.output.number) } }
        fresh.withLock { if let fresh = $0 { _ = close(fresh.number) } }
    }

    /// Opens the file anew: what the rotation of logs wants. What is written from now on goes to it, also what waits for room in
    /// the old one. Blocks as long as the file system does.
    ///
    /// - Returns: the path; nil: the output is no file that could be opened by path.
    /// - Throws: why it could not be opened. The old one is written on.
    @discardableResult
    public func reopen() throws(DescriptorError) -> String? {
        guard let path else { return nil }
        let opened = try OutputDescriptor.open(path: path)
        let unused = fresh.withLock { fresh in
            defer { fresh = opened }
            return fresh
        }
        if let unused { _ = close(unused.number) }
        waker.wake()
        return path
    }

    /// The same as ``RecordSink/write(_:until:)``: each record is a line, and gets the line feed that ends it.
    @specialized(where Record == SharedLine)
    public func write(_ records: [Record], until interruption: Interruption) -> BatchResult {
        state.withLock { state in
            var first = 0
            while first < records.count {
                let end = withPiece(&state, records[first...]) { state, piece -> BatchResult? in
                    let (written, stop) = write(piece, &state, interruption)
                    return stop.map { result(&state, piece, first: first, written: written, stop: $0) }
                }
                if let end { return end }
                state.isMidLine = false
                first += state.ends.count
            }
            return .taken(records.count)
        }
    }

    /// What is copied goes out by one write: more would not be faster, and would not stay in the processor's cache.
    private static var largestCopy: Int { 256 << 10 }
    /// What is less is rather copied together with what follows than written by itself.
    private static var smallestPiece: Int { 32 << 10 }
    /// After so much it is asked whether to go on.
    private static var largestWrite: Int { 1 << 20 }

    /// Calls `body` with the first records in one piece, as they are to be written: where they lie, if they lie so.
    private func withPiece<Result>(
        _ state: inout State, _ records: ArraySlice<Record>, _ body: (inout State, UnsafeRawBufferPointer) -> Result
    ) -> Result {
        _ = takeFresh(&state)
        state.ends.removeAll(keepingCapacity: true)
        state.endsTornLine = state.isMidLine
        if !state.isMidLine, let piece = Record.piece(of: records, ends: &state.ends),
            piece.count >= Self.smallestPiece || state.ends.count == records.count
        {
            return piece.withUnsafeBytes { body(&state, $0) }
        }
        state.ends.removeAll(keepingCapacity: true)
        // Taken out, so that it can be looked at while the rest changes.
        var buffer: [UInt8] = []
        swap(&buffer, &state.buffer)
        defer { swap(&buffer, &state.buffer) }
        buffer.removeAll(keepingCapacity: buffer.capacity <= 1 << 20)
        if state.isMidLine { buffer.append(UInt8(ascii: "\n")) }
        for record in records {
            record.appendLine(to: &buffer)
            buffer.append(UInt8(ascii: "\n"))
            state.ends.append(buffer.count)
            if buffer.count >= Self.largestCopy { break }
        }
        return buffer.withUnsafeBytes { body(&state, $0) }
    }

    // MARK: Writing

    private enum Stop {
        case interrupted
        case failed(DescriptorError)
    }

    private func write(
        _ piece: UnsafeRawBufferPointer, _ state: inout State, _ interruption: Interruption
    ) -> (written: Int, stop: Stop?) {
        var offset = 0
        while offset < piece.count {
            if interruption.isRequested { return (offset, .interrupted) }
            if takeFresh(&state) { offset = beginningOfLine(state, at: offset) }
            var length = min(piece.count - offset, Self.largestWrite)
            if state.kind == .pipe {
                length = pipeLength(piece, state, from: offset)
                switch wait(interruption, toWrite: state.output.number) {
                case .interrupted: return (offset, .interrupted)
                case .woken: continue
                case .ready, .timedOut: break
                }
            }
            let (count, failure) = systemWrite(
                state.output.number, UnsafeRawBufferPointer(rebasing: piece[offset..<offset + length]), state.kind)
            if count > 0 {
                offset += count
                if state.isDiskFull {
                    state.isDiskFull = false
                    onEvent(.diskHasRoom(name: state.output.name))
                }
                continue
            }
            switch failure {
            case EINTR, 0:
                continue
            case EAGAIN:
                if case .interrupted = wait(interruption, toWrite: state.output.number) {
                    return (offset, .interrupted)
                }
            case ENOSPC, EDQUOT:
                if !state.isDiskFull {
                    state.isDiskFull = true
                    onEvent(.diskFull(name: state.output.name, DiskShortage(failure, at: state.output.number)))
                }
                if case .interrupted = wait(interruption, toWrite: nil, milliseconds: retryMilliseconds) {
                    return (offset, .interrupted)
                }
            case EPIPE, ECONNRESET:
                return (offset, .failed(.readerGone(name: state.output.name)))
            default:
                return (offset, .failed(.cannotWrite(name: state.output.name, errno: failure)))
            }
        }
        return (offset, nil)
    }

    /// As many whole lines as fit into `PIPE_BUF`, or a part of a longer one.
    private func pipeLength(_ piece: UnsafeRawBufferPointer, _ state: State, from offset: Int) -> Int {
        let limit = Int(PIPE_BUF)
        guard piece.count - offset > limit else { return piece.count - offset }
        let index = state.ends.partitioningIndex { $0 > offset + limit }
        guard index > 0, state.ends[index - 1] > offset else { return limit }
        return state.ends[index - 1] - offset
    }

    /// - Parameter first: the place in the batch of the piece's first record.
    private func result(
        _ state: inout State, _ piece: UnsafeRawBufferPointer, first: Int, written: Int, stop: Stop
    ) -> BatchResult {
        let complete = state.ends.partitioningIndex { $0 > written }
        // The line feed that ends a torn line is of none.
        let start = complete == 0 ? (state.endsTornLine ? 1 : 0) : state.ends[complete - 1]
        let isTorn = written > start
        // A lone line feed that was to end a torn line may be all that went out; the line is then whole enough.
        state.isMidLine = written == 0 ? state.isMidLine : isTorn && piece[written - 1] != UInt8(ascii: "\n")
        switch stop {
        case .interrupted: return BatchResult(decided: first + complete, end: .interrupted)
        case .failed(let error) where breaks:
            return .failed(after: first + complete, error)
        case .failed(let error):
            let refused = (first + complete..<first + state.ends.count).map { ($0, error as any Error) }
            return BatchResult(decided: first + state.ends.count, refused: Dictionary(uniqueKeysWithValues: refused))
        }
    }

    /// Waits, but no longer than until there is a fresh file.
    private func wait(
        _ interruption: Interruption, toWrite output: Int32?, milliseconds: Int32 = -1
    ) -> Interruption.Wait {
        // Without a descriptor to be woken by, a fresh file is found within the second.
        let bound = waker.descriptor < 0 && milliseconds < 0 ? retryMilliseconds : milliseconds
        return interruption.wait(toWrite: output, orFor: waker, milliseconds: bound)
    }

    /// Puts the file that was opened anew in the place of the old one. True: lines go to another file from here on.
    private func takeFresh(_ state: inout State) -> Bool {
        guard let fresh = fresh.withLock({ $0.take() }) else { return false }
        let identity = FileIdentity(descriptor: fresh.number)
        let isOther = identity == nil || identity != FileIdentity(descriptor: state.output.number)
        _ = close(state.output.number)
        state.output = fresh
        state.kind = OutputDescriptor.kind(of: fresh.number)
        // What was torn off is in the other file.
        if isOther { state.isMidLine = fresh.endsMidLine }
        return isOther
    }

    /// Where the line begins that `offset` is in: in another file it is written from there.
    private func beginningOfLine(_ state: State, at offset: Int) -> Int {
        let index = state.ends.partitioningIndex { $0 > offset }
        if index > 0 { return state.ends[index - 1] }
        // Before the first there may be a line feed that was to end a torn line, which no line of ours begins with.
        return state.endsTornLine ? 1 : 0
    }

    private static func write(
        _ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, _ kind: OutputDescriptor.Kind
    ) -> (Int, Int32) {
        let count =
            kind == .socket
            ? send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
            : Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        return (count, count < 0 ? errno : 0)
    }
}

extension Array {
    /// The first index whose element satisfies a predicate that, once true, stays true.
    fileprivate func partitioningIndex(where predicate: (Element) -> Bool) -> Int {
        var low = startIndex
        var high = endIndex
        while low < high {
            let middle = low + (high - low) / 2
            if predicate(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
