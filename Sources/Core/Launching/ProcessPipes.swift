import CLaunching
import Glibc

/// The pipes of a process to be: its ends, which are closed here when it has them, and ours.
struct ProcessPipes: ~Copyable {
    /// Our ends; a negative one is not there.
    struct Ours {
        var input: Int32 = -1
        var output: Int32 = -1
        var errors: Int32 = -1
        var reply: Int32 = -1
    }

    private(set) var ours = Ours()
    /// Its ends, in the order of its descriptors.
    private(set) var theirs: [Int32] = []
    private var isTaken = false

    /// Makes the pipes.
    init(hasReply: Bool) throws(LaunchError) {
        let input = try Self.pipe(weWrite: true)
        (theirs, ours.input) = ([input.theirs], input.ours)
        for stream in hasReply ? [\Ours.output, \.errors, \.reply] : [\.output, \.errors] {
            let pipe = try Self.pipe(weWrite: false)
            theirs.append(pipe.theirs)
            ours[keyPath: stream] = pipe.ours
        }
    }

    deinit {
        for descriptor in theirs { close(descriptor) }
        guard !isTaken else { return }
        for descriptor in [ours.input, ours.output, ours.errors, ours.reply] where descriptor >= 0 { close(descriptor) }
    }

    /// Our ends, which are the caller's from now on.
    mutating func takeOurs() -> Ours {
        isTaken = true
        return ours
    }

    private static func pipe(weWrite: Bool) throws(LaunchError) -> (theirs: Int32, ours: Int32) {
        var ends: [Int32] = [-1, -1]
        guard claunching_pipe(&ends) == 0 else { throw .pipes(errno: errno) }
        for index in 0...1 where ends[index] < 4 {
            // Whoever started us may have closed these. The child's own descriptors are made there, one after the other.
            let higher = fcntl(ends[index], F_DUPFD_CLOEXEC, 4)
            let failure = errno
            close(ends[index])
            ends[index] = higher
            guard higher >= 0 else {
                close(ends[1 - index])
                throw .pipes(errno: failure)
            }
        }
        let (theirs, ours) = weWrite ? (ends[0], ends[1]) : (ends[1], ends[0])
        // Of our end alone: what the child reads and writes blocks, as programs expect.
        _ = fcntl(ours, F_SETFL, O_NONBLOCK)
        return (theirs, ours)
    }
}
