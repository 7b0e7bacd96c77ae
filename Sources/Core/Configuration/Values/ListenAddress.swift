/// An address to listen on: an IP address and a port.
public struct ListenAddress: Sendable, Equatable, CustomStringConvertible {
    /// The IP address, without brackets.
    public var host: String
    /// The port; 0 is any.
    public var port: Int

    /// Makes an address.
    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// `127.0.0.1:9464` or `[::1]:9464`.
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Whether only programs of this host can reach it.
    public var isLoopback: Bool { host == "::1" || host.hasPrefix("127.") }

    /// Nil: it is none. Names are none, because what they stand for may change.
    init?(_ text: String) {
        let (host, port): (Substring, Substring)
        if text.hasPrefix("["), let end = text.lastIndex(of: "]"), text[end...].hasPrefix("]:") {
            (host, port) = (text[text.index(after: text.startIndex)..<end], text[end...].dropFirst(2))
            guard host.contains(":"), host.allSatisfy({ $0 == ":" || $0 == "." || $0.isHexDigit }) else { return nil }
        } else {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2 else { return nil }
            (host, port) = (parts[0], parts[1])
            let bytes = host.split(separator: ".", omittingEmptySubsequences: false)
            guard bytes.count == 4, bytes.allSatisfy({ $0.allSatisfy(\.isASCII) && UInt8($0) != nil }) else {
                return nil
            }
        }
        guard port.allSatisfy({ $0.isASCII && $0.isNumber }), let number = UInt16(port) else { return nil }
        self.init(host: String(host), port: Int(number))
    }
}

extension ValueType<ListenAddress> {
    /// An IP address with a port, as a string.
    static var listenAddress: ValueType {
        let mend = #"write an IP address and a port, such as "127.0.0.1:9464" or "[::1]:9464""#
        return .text(name: "address", mend: mend, write: \.description) { text throws(Faults) in
            guard let address = ListenAddress(text) else {
                throw Faults("\(text.debugDescription) is no address to listen on", mend: mend)
            }
            return address
        }
    }
}
