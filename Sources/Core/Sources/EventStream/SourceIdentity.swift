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
