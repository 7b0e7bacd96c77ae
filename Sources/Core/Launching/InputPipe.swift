import CLaunching
import DequeModule
import Glibc
import NIOCore

/// Our end of a process's standard input, and what is to be written to it.
///
/// A write is tried at once by whoever brings it, which costs no wake-up of anybody; only what the pipe has no room for waits, for
/// the thread that watches it.
struct InputPipe {
    /// What becomes of a turn.
    enum Progress {
        case more, written, broken
    }

    private(set) var descriptor: Int32
    private let watch: Int32
    private let token: UInt64
    private var queue: Deque<ByteBuffer> = []
    /// Bytes that wait.
    private(set) var queued = 0
    private var isClosing = false

    /// As much is copied together, so that many small writes become one.
    private static let gathered = 1 << 16

    /// Takes the descriptor over.
    init(_ descriptor: Int32, watch: Int32, token: UInt64) {
        self.descriptor = descriptor
        self.watch = watch
        self.token = token
    }

    var isOpen: Bool { descriptor >= 0 && !isClosing }

    /// Begins to watch for its break.
    func begin() { _ = claunching_watch(watch, descriptor, 0, token) }

    mutating func write(_ bytes: ByteBuffer) {
        guard isOpen, bytes.readableBytes > 0 else { return }
        guard queue.isEmpty else {
            enqueue(bytes)
            return
        }
        var bytes = bytes
        let count = Self.write(&bytes, to: descriptor)
        // A pipe that is broken is reported by the watch, on its thread.
        guard count >= 0 || errno == EAGAIN, bytes.readableBytes > 0 else { return }
        enqueue(bytes)
        _ = claunching_rewatch(watch, descriptor, Int32(CLAUNCHING_WRITABLE), token)
    }

    /// Goes on with what waits, when there is room.
    mutating func proceed() -> Progress {
        while var bytes = queue.first {
            let count = Self.write(&bytes, to: descriptor)
            if count < 0 { return errno == EAGAIN ? .more : .broken }
            queued -= count
            guard bytes.readableBytes == 0 else {
                queue[0] = bytes
                return .more
            }
            queue.removeFirst()
        }
        if isClosing {
            close()
        } else if descriptor >= 0 {
            _ = claunching_rewatch(watch, descriptor, 0, token)
        }
        return .written
    }

    /// Closes it when what waits is written.
    mutating func finish() {
        guard isOpen else { return }
        if queue.isEmpty { close() } else { isClosing = true }
    }

    /// Closes it at once; what waits is dropped.
    mutating func close() {
        guard descriptor >= 0 else { return }
        _ = claunching_unwatch(watch, descriptor)
        Glibc.close(descriptor)
        descriptor = -1
        queue = []
        queued = 0
    }

    private mutating func enqueue(_ bytes: ByteBuffer) {
        queued += bytes.readableBytes
        let last = queue.count - 1
        if last >= 0, queue[last].readableBytes + bytes.readableBytes <= Self.gathered {
            queue[last].writeImmutableBuffer(bytes)
        } else {
            queue.append(bytes)
        }
    }

    /// Writes what there is room for; -1, and `errno`, if that is nothing.
    private static func write(_ bytes: inout ByteBuffer, to descriptor: Int32) -> Int {
        while true {
            let count = bytes.withUnsafeReadableBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            if count > 0 { bytes.moveReaderIndex(forwardBy: count) }
            return count
        }
    }
}
