/// A record that is written as a line of bytes.
public protocol LineRecord: BoundedRecord {
    /// Appends the line's bytes. The line feed that ends it is the sink's part; line feeds within it are the caller's.
    func appendLine(to buffer: inout [UInt8])
}

/// A line within a buffer that others share, so that many take one allocation. (No line keeps the memory of others for longer than
/// they wait together.)
extension ArraySlice: BoundedRecord where Element == UInt8 {
    /// The bytes of the line, without the line feed that ends it.
    public var byteCount: Int { count }
}

extension ArraySlice: LineRecord where Element == UInt8 {
    /// Appends the bytes as they are.
    public func appendLine(to buffer: inout [UInt8]) { buffer.append(contentsOf: self) }
}

extension String: LineRecord {
    /// The bytes of the text in UTF-8, without the line feed that ends it.
    public var byteCount: Int { utf8.count }
    /// Appends the text in UTF-8.
    public func appendLine(to buffer: inout [UInt8]) { buffer.append(contentsOf: utf8) }
}
