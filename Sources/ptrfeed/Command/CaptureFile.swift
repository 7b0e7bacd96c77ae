import ArgumentParser
import Glibc
import NIOCore
import ProgramKit

/// Reads the file of `--file`, which may also be a pipe.
enum CaptureFile {
    /// Reads all of it. Blocks, which is in order once, before anything is served.
    ///
    /// - Throws: a `ValidationError` when there is no such file, it cannot be read, or it is empty.
    static func read(_ path: String) throws -> Capture {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw unreadable(path, errno) }
        defer { _ = close(file) }
        let (bytes, failure) = readAll(of: file)
        if let failure { throw unreadable(path, failure) }
        guard let capture = Capture(ByteBuffer(bytes: bytes)) else {
            throw ValidationError(
                """
                --file: '\(path)' is empty, so there is nothing to send. Record a stream first, for example with \
                curl -sN URL.
                """)
        }
        return capture
    }

    private static func unreadable(_ path: String, _ code: CInt) -> ValidationError {
        ValidationError(
            "--file: cannot read '\(path)': \(systemMessage(code)). Name a file with a recorded event stream.")
    }
}
