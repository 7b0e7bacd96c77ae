#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Why a file could not be read, in words.
struct FileError: Error, CustomStringConvertible {
    let description: String
}

/// Reads a small file, such as a credential or certificates. Blocks.
func readFile(_ path: String, limit: Int = 4 << 20) throws(FileError) -> [UInt8] {
    // Not to wait for a writer, should the path be that of a FIFO.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileError(description: errorWords(errno)) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    while bytes.count <= limit {
        var failure: CInt?
        let piece = [UInt8](unsafeUninitializedCapacity: 16 << 10) { buffer, count in
            let result = read(descriptor, buffer.baseAddress, buffer.count)
            failure = result < 0 ? errno : nil
            count = max(0, result)
        }
        if let failure { throw FileError(description: errorWords(failure)) }
        if piece.isEmpty { return bytes }
        bytes += piece
    }
    throw FileError(description: "it is larger than \(limit) bytes")
}

/// The system's words for an error number: "connection refused (errno 111)".
func errorWords(_ code: CInt) -> String {
    // The C libraries' own strings: constants, or the thread's.
    let words = strerror(code).map { String(cString: $0) } ?? "unknown error"
    return "\(words.prefix(1).lowercased())\(words.dropFirst()) (errno \(code))"
}
