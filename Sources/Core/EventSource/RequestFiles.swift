import NIOCore

/// What of a request is in files.
private enum RequestPart: Sendable {
    case credential(EventSourceCredential)
    case body(String)

    var path: String {
        switch self {
        case .credential(let credential): credential.file
        case .body(let path): path
        }
    }

    var limit: Int {
        switch self {
        case .credential: 64 << 10
        case .body: EventSourceConfiguration.longestBody
        }
    }

    var words: String {
        switch self {
        case .credential(let credential): credential.use.words
        case .body: "the body"
        }
    }

    var errorCode: EventSourceError.Code {
        switch self {
        case .credential: .credential
        case .body: .bodyFile
        }
    }
}

extension EventStreamRequest {
    /// Takes in what is read anew for each connection. Whoever exchanges a file may be at it, so no fault of one is final.
    nonisolated(nonsending) mutating func readFiles(
        of configuration: EventSourceConfiguration
    ) async throws(EventSourceError) {
        var parts = configuration.credentials.map(RequestPart.credential)
        if let path = configuration.bodyFile { parts.append(.body(path)) }
        for part in parts {
            do throws(FileError) {
                // A file may lie on a file system that takes its time.
                let bytes = try await FileReads.shared.bytes(
                    of: part.path, limit: part.limit, within: configuration.connectTimeout)
                guard !bytes.isEmpty else { throw FileError(description: "it is empty") }
                switch part {
                case .body: carry(body: ByteBuffer(bytes: bytes))
                case .credential(let credential): try carry(bytes, as: credential.use)
                }
            } catch {
                throw EventSourceError(
                    part.errorCode, url: displayURL, reason: "cannot use \(part.words) in \(part.path): \(error)")
            }
        }
    }

    /// Takes a credential, as a file has it, in the place of what there is of its name.
    private mutating func carry(_ bytes: [UInt8], as use: EventSourceCredential.Use) throws(FileError) {
        var bytes = bytes[...]
        // What editors put behind it.
        if bytes.last == .lineFeed { bytes.removeLast() }
        if bytes.last == .carriageReturn { bytes.removeLast() }
        guard !bytes.isEmpty else { throw FileError(description: "it is empty") }
        // RFC 6750, section 2.1: visible characters of ASCII, no spaces.
        if use == .bearerToken, !bytes.allSatisfy({ 0x21...0x7E ~= $0 }) {
            throw FileError(description: "it has characters that cannot be in a token")
        }
        guard let secret = String(validating: bytes, as: UTF8.self), isFieldValue(secret) else {
            throw FileError(description: "it has characters that cannot be sent")
        }
        if use == .basic, !secret.utf8.contains(UInt8(ascii: ":")) {
            throw FileError(description: "it is not USER:PASSWORD")
        }
        carry(secret, as: use)
    }
}
