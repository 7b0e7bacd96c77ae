/// What the ids of a stream over HTTP mean something to: its address, with the values of its query, but for the parameters
/// that say nothing about what it brings (an access token). The order of the parameters says nothing either.
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
    return Array(([String(mark.map { rest[..<$0] } ?? rest)] + meant).joined(separator: "\n").utf8)
}
