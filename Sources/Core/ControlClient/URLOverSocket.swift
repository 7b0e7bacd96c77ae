import ControlAPI

/// Addresses a path of the API through a socket, in the notation async-http-client has for it.
enum URLOverSocket {
    /// - Parameter path: the path with its query, percent-encoded already.
    static func make(socket: String, path: String) -> String {
        "http+unix://\(socket.percentEncoded)\(path)"
    }
}

extension ControlRequest {
    /// The path and the query, as they stand in the request's first line.
    var requestTarget: String {
        let path = identifier.map { Self.route.path.replacing("{id}", with: $0.percentEncoded) } ?? Self.route.path
        let query = query.map { "\($0.name.percentEncoded)=\($0.value.percentEncoded)" }.joined(separator: "&")
        return query.isEmpty ? path : path + "?" + query
    }
}

extension String {
    /// All but the unreserved characters of RFC 3986, section 2.3, percent-encoded: right in a query, and for a socket's
    /// path that stands where a host does.
    fileprivate var percentEncoded: String {
        var result = ""
        for byte in utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return result
    }
}
