import NIOCore

/// Makes lines of what a process writes for the log, as many as somebody reads.
struct LogLines {
    /// The beginning of a line whose end has not come.
    private var begun: [UInt8] = []
    private var isCut = false
    private var count = 0

    private static let mostBytes = 4096
    private static let mostLines = 200

    /// The lines that are whole by now; the last that is shown says so.
    mutating func take(_ bytes: ByteBuffer) -> [String] {
        var lines: [String] = []
        for byte in bytes.readableBytesView {
            if byte == UInt8(ascii: "\n") {
                lines += end()
            } else if begun.count < Self.mostBytes {
                begun.append(byte)
            } else {
                isCut = true
            }
        }
        return lines
    }

    /// What has no end.
    mutating func finish() -> [String] { begun.isEmpty ? [] : end() }

    private mutating func end() -> [String] {
        defer { (begun, isCut) = ([], false) }
        count += 1
        guard count <= Self.mostLines else { return [] }
        let line = String(decoding: begun, as: UTF8.self) + (isCut ? "…" : "")
        return count < Self.mostLines ? [line] : [line, "… what comes now is not shown"]
    }
}
