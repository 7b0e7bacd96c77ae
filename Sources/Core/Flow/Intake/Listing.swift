/// What there is instead of a name that is not there, such as `there are a, b`.
public func listing(_ names: [String]) -> String {
    switch names.count {
    case 0: "there are none"
    case 1: "there is only \(names[0])"
    case 2...32: "there are \(names.joined(separator: ", "))"
    default: "there are \(names.prefix(32).joined(separator: ", ")), …"
    }
}
