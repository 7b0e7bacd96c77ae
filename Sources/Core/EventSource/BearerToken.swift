import NIOPosix

/// A token in a credential file. It is read anew for each connection, so that it can be exchanged while the stream runs,
/// and it is not kept, shown or logged.
enum BearerToken {
    /// Reads the token, without the line end that editors put behind it.
    nonisolated(nonsending) static func read(from path: String) async throws(FileError) -> String {
        let result: Result<[UInt8], FileError>
        do {
            // A file may lie on a file system that takes its time.
            result = try await NIOThreadPool.singleton.runIfActive {
                do throws(FileError) {
                    return .success(try readFile(path, limit: 64 << 10))
                } catch {
                    return .failure(error)
                }
            }
        } catch {
            throw FileError(description: "no thread to read it in")
        }
        var bytes = try result.get()[...]
        if bytes.last == .lineFeed { bytes.removeLast() }
        if bytes.last == .carriageReturn { bytes.removeLast() }
        guard !bytes.isEmpty else { throw FileError(description: "it is empty") }
        // RFC 6750, section 2.1: visible characters of ASCII, no spaces.
        guard bytes.allSatisfy({ 0x21...0x7E ~= $0 }) else {
            throw FileError(description: "it has characters that cannot be in a token")
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
