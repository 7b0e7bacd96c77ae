/// A compression of a body that can be undone here.
public enum ContentCoding: Sendable, Hashable, CaseIterable {
    /// RFC 1952, any number of members.
    case gzip
    /// RFC 1950; and RFC 1951 without its frame, which servers send under the same name.
    case deflate

    /// The coding of a name in `Content-Encoding`; `nil`: none of these.
    public init?(named name: String) {
        switch name.lowercased() {
        case "gzip", "x-gzip": self = .gzip
        case "deflate": self = .deflate
        default: return nil
        }
    }
}

/// Whether a stream may come compressed (rule C10).
public enum EventStreamCompression: Sendable, Hashable {
    /// It is asked for as it is. One that is compressed nevertheless is refused unread.
    case refused
    /// It is asked for as it is. One that is compressed nevertheless, by gzip or deflate, is decoded.
    case accepted
    /// It is asked for with gzip or deflate, and decoded if it comes so.
    case requested
}
