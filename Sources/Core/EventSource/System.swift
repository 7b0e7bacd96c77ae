// What is asked of the operating system, since the C libraries differ in it.

import NIOCore

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

/// What tells one state of a file from another; nil: there is none, or it is empty.
struct FileVersion: Equatable {
    let path: String
    private let inode: UInt64
    private let size: Int
    private let seconds: Int
    private let nanoseconds: Int

    init?(_ path: String) {
        var info = stat()
        guard stat(path, &info) == 0, info.st_size > 0 else { return nil }
        #if canImport(Darwin)
        let time = info.st_mtimespec
        #else
        let time = info.st_mtim
        #endif
        self.path = path
        // One that was exchanged by a rename may have the time and size of the old one.
        inode = UInt64(info.st_ino)
        (size, seconds, nanoseconds) = (Int(info.st_size), time.tv_sec, time.tv_nsec)
    }
}

// MARK: Errors in words

/// The system's words for an error number: "connection refused (errno 111)".
func errorWords(_ code: CInt) -> String {
    // The C libraries' own strings: constants, or the thread's.
    let words = strerror(code).map { String(cString: $0) } ?? "unknown error"
    return "\(words.prefix(1).lowercased())\(words.dropFirst()) (errno \(code))"
}

/// Whether the system says that while a connection is being made, and not later.
func isConnectError(_ code: CInt) -> Bool {
    [
        ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ENETDOWN, EADDRNOTAVAIL, EADDRINUSE, EAFNOSUPPORT, ENOENT, ENOTDIR,
        ELOOP, ENAMETOOLONG, EACCES, EPERM, ENOTSOCK, EPROTOTYPE, EMFILE, ENFILE,
    ].contains(code)
}

/// The system's words, and what they do not say.
func connectErrorWords(_ code: CInt) -> String {
    let cause =
        switch code {
        case EPERM, EACCES:
            "; a packet filter of this host forbids it, such as IPAddressDeny= of a systemd unit"
        case EMFILE: "; the process has as many files open as it may (`ulimit -n`, LimitNOFILE= of a systemd unit)"
        case ENFILE: "; this host has as many files open as it may (fs.file-max)"
        default: ""
        }
    return errorWords(code) + cause
}

/// Tells a name that does not exist from a resolver that does not answer.
func resolverWords(_ code: Int, _ description: String) -> String {
    switch CInt(truncatingIfNeeded: code) {
    case EAI_NONAME: "there is no such name"
    case EAI_AGAIN: "the resolver does not answer"
    default: "\(description.prefix(1).lowercased())\(description.dropFirst())"
    }
}

// MARK: Names

/// Why a name has no address, in words.
struct NameLookupError: Error, CustomStringConvertible {
    let name: String
    let reason: String

    var description: String { "cannot resolve \(name): \(reason)" }
}

/// Blocks until the system answers.
func systemAddresses(of name: String) -> Result<[String], NameLookupError> {
    var hints = addrinfo()
    #if canImport(Glibc)
    hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
    #else
    hints.ai_socktype = CInt(SOCK_STREAM)
    #endif
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(name, nil, &hints, &list)
    guard code == 0 else {
        let words = gai_strerror(code).map { String(cString: $0) } ?? "error \(code)"
        return .failure(NameLookupError(name: name, reason: words.prefix(1).lowercased() + words.dropFirst()))
    }
    defer { freeaddrinfo(list) }
    var addresses: [String] = []
    var entry = list
    while let info = entry?.pointee {
        entry = info.ai_next
        guard let raw = UnsafeRawPointer(info.ai_addr) else { continue }
        let address: SocketAddress
        switch info.ai_family {
        case AF_INET: address = SocketAddress(raw.loadUnaligned(as: sockaddr_in.self), host: "")
        case AF_INET6: address = SocketAddress(raw.loadUnaligned(as: sockaddr_in6.self), host: "")
        default: continue
        }
        if let text = address.ipAddress, !addresses.contains(text) { addresses.append(text) }
    }
    guard !addresses.isEmpty else { return .failure(NameLookupError(name: name, reason: "it has no address")) }
    return .success(addresses)
}
