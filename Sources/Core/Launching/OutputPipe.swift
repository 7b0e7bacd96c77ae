import CLaunching
import Glibc
import NIOCore

/// Our end of a pipe that a process writes to.
struct OutputPipe {
    /// What a turn has brought.
    enum Progress {
        case nothing, bytes, end
    }

    private(set) var descriptor: Int32
    private let watch: Int32
    private let token: UInt64
    private var isWatched = false
    private var isPaused = false

    /// So much is read at once.
    static let chunk = 1 << 16

    /// Takes the descriptor over; a negative one is closed.
    init(_ descriptor: Int32, watch: Int32, token: UInt64) {
        self.descriptor = descriptor
        self.watch = watch
        self.token = token
    }

    /// The pipe itself, by which it is found in who else has it open.
    var inode: UInt64? {
        var status = stat()
        return descriptor >= 0 && fstat(descriptor, &status) == 0 ? UInt64(status.st_ino) : nil
    }

    /// How many bytes wait in it.
    var held: Int { descriptor >= 0 ? max(Int(claunching_pipe_holds(descriptor)), 0) : 0 }

    /// Begins to watch it.
    mutating func begin() { update() }

    mutating func pause(_ isPaused: Bool) {
        self.isPaused = isPaused
        update()
    }

    /// Reads what is there, at most a chunk.
    mutating func read(into buffer: inout ByteBuffer, evenIfPaused: Bool = false) -> Progress {
        guard descriptor >= 0, evenIfPaused || !isPaused else { return .nothing }
        let descriptor = descriptor
        buffer.clear()
        buffer.reserveCapacity(minimumWritableBytes: Self.chunk)
        let count = buffer.withUnsafeMutableWritableBytes { room in
            while true {
                let count = Glibc.read(descriptor, room.baseAddress, Self.chunk)
                if count < 0, errno == EINTR { continue }
                // What else may be wrong with a pipe of ours is its end.
                return count < 0 && errno != EAGAIN ? 0 : count
            }
        }
        if count > 0 { buffer.moveWriterIndex(forwardBy: count) }
        if count > 0 { return .bytes }
        guard count == 0 else { return .nothing }
        close()
        return .end
    }

    mutating func close() {
        guard descriptor >= 0 else { return }
        if isWatched { _ = claunching_unwatch(watch, descriptor) }
        Glibc.close(descriptor)
        descriptor = -1
    }

    private mutating func update() {
        // Not watched at all while paused: that its writer is gone would be reported whatever is watched for, again and again.
        guard descriptor >= 0, isWatched == isPaused else { return }
        if isPaused {
            _ = claunching_unwatch(watch, descriptor)
        } else {
            _ = claunching_watch(watch, descriptor, Int32(CLAUNCHING_READABLE), token)
        }
        isWatched.toggle()
    }
}
