import Glibc

/// What a program prints because it was asked to, such as its help.
public enum StandardOutput {
    /// Writes all of it, past the buffers of stdio: nothing is left unwritten when the process exits.
    ///
    /// - Returns: why it could not be written, in words; nil also when nobody reads any more, who has seen enough.
    public static func write(_ text: String) -> String? {
        signal(SIGPIPE, SIG_IGN)
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                return errno == EPIPE ? nil : "cannot write to standard output: \(systemMessage(errno))"
            }
            rest = rest.dropFirst(count)
        }
        return nil
    }
}
