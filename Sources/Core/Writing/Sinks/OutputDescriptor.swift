import Glibc
import ProgramKit

/// A descriptor to write lines to.
public struct OutputDescriptor: Sendable {
    /// The number.
    public let number: Int32
    /// What to call it in errors: `stdout`, or the file's path.
    public let name: String
    /// Set for files that were opened by path: the sink closes them, and can open them again after a log rotation.
    public let path: String?

    /// A descriptor that somebody else opened and owns.
    public init(number: Int32, name: String) {
        self.number = number
        self.name = name
        path = nil
    }

    private init(number: Int32, path: String) {
        self.number = number
        name = path
        self.path = path
    }

    /// Standard output.
    public static let standardOutput = OutputDescriptor(number: STDOUT_FILENO, name: "stdout")
    /// Standard error.
    public static let standardError = OutputDescriptor(number: STDERR_FILENO, name: "stderr")

    /// Opens a file to append to, and creates it with mode 0640 if there is none. Children do not inherit it.
    ///
    /// Blocks as long as the file system does. A FIFO is opened for reading too, so that opening it neither fails nor
    /// waits while nobody reads.
    public static func open(path: String) throws(DescriptorError) -> OutputDescriptor {
        var status = stat()
        let isFIFO = stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO
        let access = isFIFO ? O_RDWR : O_WRONLY
        var number: Int32
        repeat {
            number = Glibc.open(path, access | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0o640)
        } while number < 0 && errno == EINTR
        guard number >= 0 else { throw .cannotOpen(path: path, errno: errno) }
        return OutputDescriptor(number: number, path: path)
    }

    /// Whether a file that was opened by path ends in the middle of a line: a process that was killed leaves it so.
    var endsMidLine: Bool {
        var status = stat()
        guard let path, fstat(number, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0 else {
            return false
        }
        // The descriptor itself only writes.
        let reader = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard reader >= 0 else { return false }
        defer { _ = close(reader) }
        var last: UInt8 = 0
        return pread(reader, &last, 1, status.st_size - 1) == 1 && last != UInt8(ascii: "\n")
    }

    /// What is behind a descriptor, as far as writing to it goes.
    enum Kind: Sendable {
        /// Never waits for a reader: one large write.
        case file
        /// May wait for a peer, and can be asked not to call by call.
        case socket
        /// May wait for a reader: a pipe, a terminal. Writes of at most `PIPE_BUF` after a poll do not block.
        case pipe
    }

    static func kind(of number: Int32) -> Kind {
        var status = stat()
        guard fstat(number, &status) == 0 else { return .file }
        return switch status.st_mode & S_IFMT {
        case S_IFREG: .file
        case S_IFSOCK: .socket
        // The null device makes nobody wait, and may be asked for no room.
        case S_IFCHR where status.st_rdev == 1 << 8 | 3: .file
        default: .pipe
        }
    }
}

/// Makes a write to a closed pipe or socket an error (`EPIPE`) instead of the process's death by SIGPIPE.
///
/// For the whole process; call it first thing in `main`. Children inherit it, so whoever starts one resets it there.
public func ignoreBrokenPipeSignal() {
    signal(SIGPIPE, SIG_IGN)
}

/// Why a descriptor did not take a record.
public enum DescriptorError: Error, Equatable, CustomStringConvertible {
    /// The file could not be opened.
    case cannotOpen(path: String, errno: Int32)
    /// Nobody reads the pipe or socket any more (`EPIPE`).
    case readerGone(name: String)
    /// The write failed for good.
    case cannotWrite(name: String, errno: Int32)

    /// In words, for people.
    public var description: String {
        switch self {
        case .cannotOpen(let path, let errno):
            "cannot open \(path) to append: \(systemMessage(errno)); \(Self.mend(errno, path: path))"
        case .readerGone(let name): "nobody reads \(name) any more"
        case .cannotWrite(let name, let errno): "cannot write to \(name): \(systemMessage(errno))"
        }
    }

    private static func mend(_ errno: Int32, path: String) -> String {
        switch errno {
        case ENOSPC, EDQUOT: DiskShortage(errno, near: path).mend
        case EMFILE: "ptrd has as many files open as it may (LimitNOFILE= of the unit, `ulimit -n`): raise that"
        case ENFILE: "the system has as many files open as it may (fs.file-max): raise that"
        default: "check that its directory exists and lets ptrd write"
        }
    }
}
