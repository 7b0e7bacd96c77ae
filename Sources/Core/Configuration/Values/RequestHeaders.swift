// What may stand in a table of request headers.

extension ValueType<[String: String]> {
    /// Request headers.
    static var headers: ValueType {
        ValueType(
            name: "table of strings",
            read: { node throws(Faults) in
                guard case .table = node.kind else {
                    throw .wrongType(
                        node, expected: "a table", mend: "write headers as { Name = \"value\" }")
                }
                return try HeaderRules.read(node)
            },
            write: { headers in headers.isEmpty ? nil : "{ \(headers.count) headers }" })
    }
}

/// The rules for their names and values.
enum HeaderRules {
    /// Headers that carry secrets: these do not belong into a file that others may read.
    static let secret: Set<String> = ["authorization", "proxy-authorization", "cookie"]
    /// Headers that the client needs for itself.
    static let own: Set<String> = [
        "accept", "accept-encoding", "cache-control", "connection", "content-length", "host", "last-event-id", "te",
        "trailer", "transfer-encoding", "upgrade",
    ]

    static func read(_ table: TOMLNode) throws(Faults) -> [String: String] {
        var headers: [String: String] = [:]
        var seen: Set<String> = []
        var faults: [Faults.Fault] = []
        for (name, node) in table.entries {
            do throws(Faults) {
                try check(name: name)
                guard seen.insert(name.lowercased()).inserted else {
                    throw Faults("the header is given twice", mend: "remove one; their names do not differ by case")
                }
                headers[name] = try value(of: node)
            } catch {
                faults += error.faults.map { fault in
                    Faults.Fault(message: fault.message, mend: fault.mend, part: (name, node.origin))
                }
            }
        }
        guard faults.isEmpty else { throw Faults(faults) }
        return headers
    }

    /// RFC 9110, section 5.6.2: what names of fields and methods are.
    static func isToken(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0.isBareKey || "!#$%&'*+.^`|~".utf8.contains($0) }
    }

    /// - Parameter mayBeSecret: whether the value comes as a credential.
    static func check(name: String, mayBeSecret: Bool = false) throws(Faults) {
        guard isToken(name) else {
            throw Faults("this is not a header's name", mend: "use letters, digits and - only")
        }
        if secret.contains(name.lowercased()), !mayBeSecret {
            throw Faults(
                "a secret does not belong into the configuration",
                mend: "remove it; secrets come as a credential (header_credentials)")
        }
        if own.contains(name.lowercased()) {
            throw Faults("ptrd sets this header itself", mend: "remove it")
        }
    }

    private static func value(of node: TOMLNode) throws(Faults) -> String {
        guard case .string(let value) = node.kind else {
            throw .wrongType(node, expected: "a string", mend: "write the value in quotes")
        }
        guard isValue(value) else {
            throw Faults("the value holds a control character", mend: "remove it; a header is one line")
        }
        return value
    }

    /// RFC 9110, section 5.5: no controls but the tab. A line end would let the value write headers of its own.
    static func isValue(_ text: String) -> Bool { !text.utf8.contains(where: \.isControl) }
}
