import NIOCore

/// Rewrites response heads as servers send them into heads as the decoder wants them, a piece at a time: a bare LF
/// ends a line as CRLF does (RFC 9112, section 2.2), a folded line goes on with a space in the place of its line end
/// (section 5.2), and what stands between the status line and the first field and begins with a space is left out
/// (section 2.2). Browsers read such heads, too. Everything else passes as it came, for the decoder to judge.
///
/// Nothing is held back but a line's end, until the next byte tells whether the line is folded; so a head without an
/// end is bounded by the decoder's limits.
struct ResponseHeadRewriter {
    enum Progress: Equatable {
        /// The head goes on.
        case unfinished
        /// The head is complete, and had this status. What is left of the input follows it.
        case finished(status: Int)
        /// What came is no HTTP/1, for the reason given.
        case foreign(String)
    }

    /// The beginning of a line that may be a field we look for.
    private static let longestName = "transfer-encoding".utf8.count

    /// How many lines have ended, the status line included.
    private var lines = 0
    private var lineLength = 0
    private var holdsCR = false
    private var holdsLineEnd = false
    private var isSkippingLine = false
    private var statusDigits = 0
    private var status = 0
    private var isBehindVersion = false
    /// The first bytes, as long as they may be those of another protocol.
    private var prelude: [UInt8]? = []
    private var name: [UInt8] = []
    private(set) var hasContentLength = false
    private(set) var hasTransferEncoding = false

    /// Moves the head's bytes from `input` to `output`.
    mutating func rewrite(_ input: inout ByteBuffer, into output: inout ByteBuffer) -> Progress {
        output.reserveCapacity(minimumWritableBytes: input.readableBytes + 8)
        while let byte = input.readInteger(as: UInt8.self) {
            if prelude != nil {
                if let reason = meet(byte) { return .foreign(reason) }
                guard let first = prelude, mayBeForeign(first) else {
                    let first = prelude ?? []
                    prelude = nil
                    for byte in first where take(byte, &output) { return .finished(status: status) }
                    continue
                }
            } else if take(byte, &output) {
                return .finished(status: status)
            }
        }
        return .unfinished
    }

    // MARK: Other protocols

    private func mayBeForeign(_ bytes: [UInt8]) -> Bool {
        switch bytes[0] {
        case 0x00: bytes.count < 4
        case 0x15: bytes.count < 2
        default: false
        }
    }

    /// Names the protocol by its first bytes: an HTTP/2 server begins with a SETTINGS frame or says GOAWAY (RFC 9113,
    /// sections 3.4 and 6.8), a TLS server answers what is no TLS with an alert (RFC 8446, section 5.1).
    private mutating func meet(_ byte: UInt8) -> String? {
        prelude?.append(byte)
        guard let bytes = prelude else { return nil }
        if bytes.count == 4, bytes[0] == 0, bytes[3] == 0x04 || bytes[3] == 0x07 {
            return "the server speaks only HTTP/2 here, and HTTP/1.1 is needed"
        }
        if bytes.count == 2, bytes[0] == 0x15, bytes[1] == 0x03 {
            return "the server speaks TLS here: the URL has to begin with https"
        }
        return nil
    }

    // MARK: Lines

    /// Takes one byte; whether it was the head's last.
    private mutating func take(_ byte: UInt8, _ output: inout ByteBuffer) -> Bool {
        if byte == .lineFeed {
            holdsCR = false
            return endLine(&output)
        }
        if holdsCR {
            holdsCR = false
            put(.carriageReturn, &output)
        }
        if byte == .carriageReturn { holdsCR = true } else { put(byte, &output) }
        return false
    }

    private mutating func put(_ byte: UInt8, _ output: inout ByteBuffer) {
        defer { lineLength += 1 }
        if lineLength == 0, holdsLineEnd {
            let isIndented = byte == .space || byte == .tab
            if isIndented, lines == 1 { isSkippingLine = true }
            if !isSkippingLine {
                holdsLineEnd = false
                if isIndented { output.writeInteger(UInt8.space) } else { output.writeStaticString("\r\n") }
            }
            name.removeAll(keepingCapacity: true)
        }
        guard !isSkippingLine else { return }
        output.writeInteger(byte)
        if lines == 0 { readStatus(byte) } else { readName(byte) }
    }

    private mutating func endLine(_ output: inout ByteBuffer) -> Bool {
        defer { lineLength = 0 }
        if lineLength == 0 {
            // Blank lines before the head are the rest of something earlier.
            guard lines > 0 else { return false }
            if holdsLineEnd { output.writeStaticString("\r\n") }
            output.writeStaticString("\r\n")
            return true
        }
        if isSkippingLine {
            isSkippingLine = false
        } else {
            lines += 1
            holdsLineEnd = true
        }
        return false
    }

    // MARK: What is of interest

    private mutating func readStatus(_ byte: UInt8) {
        if byte == .space {
            isBehindVersion = true
        } else if isBehindVersion, statusDigits < 3, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte {
            status = status * 10 + Int(byte - UInt8(ascii: "0"))
            statusDigits += 1
        }
    }

    private mutating func readName(_ byte: UInt8) {
        guard lineLength <= Self.longestName else { return }
        if byte == .colon {
            if name.elementsEqual("content-length".utf8) { hasContentLength = true }
            if name.elementsEqual("transfer-encoding".utf8) { hasTransferEncoding = true }
        } else {
            name.append(UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte ? byte | 0x20 : byte)
        }
    }
}

extension UInt8 {
    fileprivate static let tab: UInt8 = 0x09
}
