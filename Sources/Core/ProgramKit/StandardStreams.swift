import Glibc

/// Writes all of it to a descriptor, past the buffers of stdio: nothing is left unwritten when the process exits, and what is
/// written to several descriptors keeps its order. A descriptor that does not block is waited for.
///
/// - Returns: the errno of what prevented it, or nil.
public func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: CInt) -> CInt? {
    var rest = bytes[...]
    while !rest.isEmpty {
        let piece = UnsafeRawBufferPointer(rebasing: rest)
        let count = write(descriptor, piece.baseAddress, piece.count)
        if count > 0 {
            rest = rest.dropFirst(count)
        } else if count < 0, errno == EAGAIN {
            var descriptor = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            poll(&descriptor, 1, -1)
        } else if count == 0 || errno != EINTR {
            return errno
        }
    }
    return nil
}

/// Reads a descriptor to its end. Blocks.
///
/// - Parameter most: what is more bytes than that is read, and left out.
/// - Returns: what there was, and the errno of what ended it before its end.
public func readAll(of descriptor: CInt, most: Int = .max) -> (bytes: [UInt8], errno: CInt?) {
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 256 << 10)
    while true {
        let count = read(descriptor, &buffer, buffer.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return (all, count < 0 ? errno : nil) }
        all += buffer[..<min(count, max(most - all.count, 0))]
    }
}

/// Writes all of a text to a descriptor.
@discardableResult
public func writeAll(_ text: String, to descriptor: CInt) -> CInt? {
    Array(text.utf8).withUnsafeBytes { writeAll($0, to: descriptor) }
}

/// What a program prints because it was asked to, such as its help.
public enum StandardOutput {
    /// Writes all of it.
    ///
    /// - Returns: why it could not be written, in words; nil also when nobody reads any more, who has seen enough.
    public static func write(_ text: String) -> String? {
        signal(SIGPIPE, SIG_IGN)
        guard let error = writeAll(text, to: STDOUT_FILENO), error != EPIPE else { return nil }
        return "cannot write to standard output: \(systemMessage(error))"
    }
}
