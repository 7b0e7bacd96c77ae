import NIOCore
import NIOHTTP1

/// A request, as a feed looks at it.
package struct FeedRequest: Sendable {
    package let method: String
    package let path: String
    /// The path and the query, as they came.
    package let target: String
    /// The parameters of the query, in their order, decoded.
    package let query: [(name: String, value: String)]
    package let headers: HTTPHeaders
    package let body: String
    /// The port of the other host of the feed, where the request came to the one that only names it.
    package let otherPort: Int?

    init(_ head: HTTPRequestHead, body: ByteBuffer, otherPort: Int?) {
        method = head.method.rawValue
        target = head.uri
        let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = String(parts[0])
        query = (parts.count > 1 ? parts[1].split(separator: "&") : []).map { parameter in
            let pair = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (Self.decode(pair[0]), pair.count > 1 ? Self.decode(pair[1]) : "")
        }
        headers = head.headers
        self.body = String(buffer: body)
        self.otherPort = otherPort
    }

    /// The event id that the client goes on after; nil: none.
    package var lastEventID: String? { headers.first(name: "last-event-id") }

    /// All values of a parameter.
    package func values(of parameter: String) -> [String] {
        query.filter { $0.name == parameter }.map(\.value)
    }

    /// The value of a cookie.
    func cookie(_ name: String) -> String? {
        headers[canonicalForm: "cookie"].lazy.flatMap { $0.split(separator: ";") }
            .map { $0.drop { $0 == " " } }.first { $0.hasPrefix("\(name)=") }
            .map { String($0.dropFirst(name.utf8.count + 1)) }
    }

    /// The media type of the body, without parameters.
    var contentType: String {
        (headers.first(name: "content-type") ?? "").prefix { $0 != ";" }.lowercased()
    }

    private static func decode(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
