#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Where the server's lines for people go.
struct FeedLog: Sendable {
    private let writeLine: @Sendable (String) -> Void

    init(_ writeLine: @escaping @Sendable (String) -> Void) {
        self.writeLine = writeLine
    }

    func callAsFunction(_ line: String) {
        writeLine(line)
    }

    /// Standard error. Each line is one write, so that it is not mixed up with another program's on the same terminal;
    /// an error that is closed or full is no reason to stop serving.
    static let standardError = FeedLog { line in
        let bytes = Array("ptrfeed: \(line)\n".utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }
}
