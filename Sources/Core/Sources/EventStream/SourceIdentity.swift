import EventSource
import Pipeline

/// What the ids of a stream over HTTP mean something to: its address, and what it is asked, where that is more than a GET. Of a
/// body in a file the path counts: what is in it may be another thing at each connection.
func identity(of configuration: EventSourceConfiguration, ignoring ignored: Set<String> = []) -> [UInt8] {
    let address = identity(ofURL: configuration.url, ignoring: ignored)
    let (method, file) = (configuration.method, configuration.bodyFile)
    guard method != "GET" || configuration.body != nil || file != nil else { return address }
    let body = file.map { Array($0.utf8) } ?? configuration.body.map { Array($0.readableBytesView) } ?? []
    let question = ShortHash(of: Array(method.utf8), Array((file == nil ? "body" : "file").utf8), body)
    return address + Array("\n".utf8) + question.bytes
}

/// An identity as it may get out. Values of a query, and a body, may be secrets that nobody has named as such: they are hashed, so
/// often that a guess is dear.
func eventLocation(of identity: [UInt8]) -> [UInt8] {
    guard let end = identity.firstIndex(of: UInt8(ascii: "\n")) else { return identity }
    return identity[..<end] + [0x0A] + ShortHash.dear(of: Array(identity[end...])).bytes
}

/// What the ids of a stream over HTTP mean something to: its address, with the values of its query, but for the parameters
/// that say nothing about what it brings (an access token). The order of the parameters says nothing either, nor do user and
/// password before the host.
func identity(ofURL url: String, ignoring ignored: Set<String> = []) -> [UInt8] {
    var rest = url[...]
    if let fragment = rest.firstIndex(of: "#") { rest = rest[..<fragment] }
    let mark = rest.firstIndex(of: "?")
    let parameters = mark.map { rest[rest.index(after: $0)...].split(separator: "&") } ?? []
    let meant =
        parameters
        .map { (name: $0.prefix { $0 != "=" }, text: $0) }
        .filter { !ignored.contains(String($0.name)) }
        .enumerated()
        // Those of one name keep their order.
        .sorted { ($0.element.name, $0.offset) < ($1.element.name, $1.offset) }
        .map { String($0.element.text) }
    let place = withoutUser(mark.map { rest[..<$0] } ?? rest)
    return Array(([place] + meant).joined(separator: "\n").utf8)
}

private func withoutUser(_ url: Substring) -> String {
    guard let scheme = url.firstRange(of: "://") else { return String(url) }
    let authority = url[scheme.upperBound...].prefix { $0 != "/" }
    guard let at = authority.lastIndex(of: "@") else { return String(url) }
    return String(url[..<scheme.upperBound] + url[url.index(after: at)...])
}
