import ProgramKit

// Types of values that a stream's request is made of.

extension ValueType<String> {
    /// The method of a request (RFC 9110, section 9).
    static var requestMethod: ValueType {
        let mend = "write one such as \"GET\" or \"POST\""
        return .text(name: "method", mend: mend, write: \.self) { method throws(Faults) in
            guard HeaderRules.isToken(method), method.utf8.count <= 32 else {
                throw Faults("\(TOMLText.quoted(method)) is not a method", mend: mend)
            }
            let upper = method.uppercased()
            guard ["CONNECT", "HEAD", "TRACE"].allSatisfy({ $0 != upper }) else {
                throw Faults("\(upper) brings no stream", mend: mend)
            }
            let usual: Set = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY", "REPORT", "SEARCH"]
            guard method == upper || !usual.contains(upper) else {
                throw Faults("a method is written in capitals", mend: "write \"\(upper)\"")
            }
            return method
        }
    }

    /// What a body is (RFC 9110, section 8.3.1).
    static var mediaType: ValueType {
        let mend = "write one such as \"application/json\""
        return .text(name: "media type", mend: mend, write: \.self) { text throws(Faults) in
            let essence = text.prefix { $0 != ";" }.split(separator: "/", omittingEmptySubsequences: false)
            guard HeaderRules.isValue(text), text.utf8.count <= 256, essence.count == 2,
                essence.allSatisfy({ part in HeaderRules.isToken(String(part)) })
            else { throw Faults("\(TOMLText.quoted(text)) is not a media type", mend: mend) }
            return text
        }
    }

    /// What a client calls itself.
    static var userAgent: ValueType {
        .text(name: "string", write: \.self) { text throws(Faults) in
            guard HeaderRules.isValue(text), 1...256 ~= text.utf8.count, text.contains(where: { $0 != " " }) else {
                throw Faults(
                    "a user agent has 1 to 256 bytes on one line",
                    mend: "write one such as \"example-reader/1.0 (ops@example.com)\"")
            }
            return text
        }
    }
}

extension ValueType<String?> {
    /// The body of a request. It is not shown.
    static var requestBody: ValueType {
        ValueType(
            name: "string", bounds: "up to 1MiB",
            read: { node throws(Faults) in
                guard case .string(let text) = node.kind else {
                    throw .wrongType(node, expected: "a string", mend: "write it in quotes: '{ \"stream\": true }'")
                }
                guard !text.isEmpty else { throw Faults("the body is empty", mend: "remove the key") }
                guard text.utf8.count <= 1 << 20 else {
                    throw Faults("the body is larger than 1 MiB", mend: "ask for less")
                }
                return text
            },
            write: { $0.map { "{ \($0.utf8.count) bytes }" } })
    }
}

extension ValueType<[String: String]> {
    /// Names of headers, with those of credentials.
    static var headerCredentials: ValueType {
        credentials("header", as: "{ Authorization = \"example-key\" }", ignoresCase: true) { name throws(Faults) in
            try HeaderRules.check(name: name, mayBeSecret: true)
        }
    }

    /// Names of parameters of a query, with those of credentials.
    static var parameterCredentials: ValueType {
        credentials("parameter", as: "{ auth = \"example-token\" }", ignoresCase: false) { name throws(Faults) in
            guard !name.isEmpty, !name.contains(where: { "=&#?".contains($0) }) else {
                throw Faults("this is not the name of a parameter", mend: "write it as it stands before the \"=\"")
            }
        }
    }

    private static func credentials(
        _ what: String, as example: String, ignoresCase: Bool,
        _ check: @escaping @Sendable (String) throws(Faults) -> Void
    ) -> ValueType {
        let credential = ValueType<String>.credentialName
        return ValueType(
            name: "table of credential names",
            read: { node throws(Faults) in
                guard case .table = node.kind else {
                    throw .wrongType(node, expected: "a table", mend: "write \(example)")
                }
                var names: [String: String] = [:]
                var (seen, faults): (Set<String>, [Faults.Fault]) = ([], [])
                for (name, child) in node.entries {
                    do throws(Faults) {
                        try check(name)
                        guard seen.insert(ignoresCase ? name.lowercased() : name).inserted else {
                            throw Faults(
                                "the \(what) is given twice", mend: "remove one; their names do not differ by case")
                        }
                        names[name] = try credential.read(child)
                    } catch {
                        faults += error.faults.map { fault in
                            Faults.Fault(message: fault.message, mend: fault.mend, part: (name, child.origin))
                        }
                    }
                }
                guard faults.isEmpty else { throw Faults(faults) }
                return names
            },
            write: { names in
                guard !names.isEmpty else { return nil }
                let pairs = names.sorted { $0.key < $1.key }.map {
                    "\(OptionKey([$0.key])) = \(TOMLText.quoted($0.value))"
                }
                return "{ \(pairs.joined(separator: ", ")) }"
            })
    }
}
