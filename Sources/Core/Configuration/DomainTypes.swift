import ProgramKit
import Templates

// Value types of single options, with rules of their own.

extension ValueType where Value == String {
    /// The address of a stream.
    static var url: ValueType {
        .string(
            name: "URL", mend: "write it in quotes, such as \"https://example.com/events\"",
            check: { text throws(Faults) in try StreamURL.check(text) })
    }

    /// A path from the root.
    /// - Parameter maxBytes: what the system takes.
    static func absolutePath(maxBytes: Int) -> ValueType {
        .string(name: "absolute path") { path throws(Faults) in
            guard path.hasPrefix("/") else {
                throw Faults(
                    "\(TOMLText.quoted(path)) is not an absolute path", mend: "write the whole path, from / on")
            }
            guard path.utf8.count <= maxBytes else {
                throw Faults("the path is longer than \(maxBytes) bytes", mend: "choose a shorter one")
            }
        }
    }
}

extension ValueType where Value == String {
    /// A group of users, by its name, as group(5) can hold it.
    static var groupName: ValueType {
        .string(name: "group") { name throws(Faults) in
            let mend = "write the group's name, as `getent group` shows it"
            guard (1...256).contains(name.utf8.count) else {
                throw Faults("a group's name has 1 to 256 bytes", mend: mend)
            }
            guard name.unicodeScalars.allSatisfy({ !":,/`\"'".unicodeScalars.contains($0) && $0.value > 0x20 }) else {
                throw Faults("\(TOMLText.quoted(name)) holds a character that no group's name can", mend: mend)
            }
        }
    }

    /// The name of a credential, as systemd takes it (`credential_name_valid`: a file's name of printable ASCII).
    static var credentialName: ValueType {
        .string(name: "credential name", mend: "write its name in quotes") { name throws(Faults) in
            let isPrintable = name.utf8.allSatisfy {
                0x21...0x7E ~= $0 && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ":")
            }
            guard isPrintable, 1...255 ~= name.utf8.count, name != ".", name != ".." else {
                throw Faults(
                    "this is not the name of a credential",
                    mend: "use letters, digits, \"-\", \"_\" and \".\"; the secret itself does not belong here")
            }
        }
    }
}

extension ValueType where Value == String {
    /// The id of an event, as a request's header can hold it.
    static var eventID: ValueType {
        .string(name: "event id") { id throws(Faults) in
            guard id.utf8.allSatisfy({ ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 }), 1...(64 << 10) ~= id.utf8.count
            else {
                throw Faults(
                    "this is no event id that can be asked for", mend: "write one of the server's, or remove the key")
            }
        }
    }
}

extension ValueType where Value == [String] {
    /// Names of parameters of a URL's query.
    static var parameterNames: ValueType {
        let mend = "write the names as [\"token\"], as they stand in the URL before the \"=\""
        return ValueType(
            name: "array of strings",
            read: { node throws(Faults) in
                guard case .array(let nodes) = node.kind else {
                    throw .wrongType(node, expected: "an array of strings", mend: mend)
                }
                var names: [String] = []
                for node in nodes {
                    guard case .string(let name) = node.kind else {
                        throw .wrongType(node, expected: "an array of strings", mend: mend)
                    }
                    guard !name.isEmpty, !name.contains(where: { "=&#?".contains($0) }) else {
                        throw Faults("\(TOMLText.quoted(name)) is not the name of a parameter", mend: mend)
                    }
                    names.append(name)
                }
                return names
            },
            write: { names in names.isEmpty ? nil : "[\(names.map(TOMLText.quoted).joined(separator: ", "))]" })
    }
}

extension ValueType where Value == String? {
    /// A text, of which the empty one is none.
    static var textOrNone: ValueType {
        let string = ValueType<String>.string()
        return ValueType(
            name: string.name,
            read: { node throws(Faults) in
                let text = try string.read(node)
                return text.isEmpty ? nil : text
            },
            write: { string.write($0 ?? "") })
    }
}

extension ValueType where Value == PrintDestination {
    static var printDestination: ValueType {
        let mend = "write \"stdout\", \"journal\" or the absolute path of a file"
        return ValueType(
            name: "\"stdout\" | \"journal\" | absolute path",
            read: { node throws(Faults) in
                guard case .string(let text) = node.kind else {
                    throw .wrongType(node, expected: "a string", mend: mend)
                }
                switch text {
                case "stdout": return .stdout
                case "journal": return .journal
                case _ where text.hasPrefix("/") && !text.hasSuffix("/"): return .file(text)
                default:
                    let suggestion = Spelling.suggestion(for: text, among: ["stdout", "journal"])
                    throw Faults("\(node.kind.text) is no place to print to", mend: suggestion ?? mend)
                }
            },
            write: { destination in
                switch destination {
                case .stdout: "\"stdout\""
                case .journal: "\"journal\""
                case .file(let path): TOMLText.quoted(path)
                }
            })
    }
}

extension ValueType where Value == Template {
    /// What is printed of a message.
    static var printFormat: ValueType {
        ValueType(
            name: "format",
            read: { node throws(Faults) in
                guard case .string(let text) = node.kind else {
                    throw .wrongType(node, expected: "a string", mend: "write it in quotes")
                }
                guard !text.isEmpty else {
                    throw Faults("the format is empty", mend: "leave the key out to print messages as they are")
                }
                do throws(TemplateError) {
                    return try Template(text)
                } catch {
                    throw Faults(error.message, mend: error.mend)
                }
            },
            write: { TOMLText.quoted($0.text) })
    }
}

extension ValueType where Value == [String: String] {
    /// Request headers.
    static var headers: ValueType {
        ValueType(
            name: "table of strings", isFreeTable: true,
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

/// What may stand in a table of request headers.
private enum HeaderRules {
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

    private static func check(name: String) throws(Faults) {
        // RFC 9110, section 5.6.2: a field name is a token.
        let isToken = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
        }
        guard isToken, !name.isEmpty else {
            throw Faults("this is not a header's name", mend: "use letters, digits and - only")
        }
        if secret.contains(name.lowercased()) {
            throw Faults(
                "a secret does not belong into the configuration", mend: "remove it; secrets come as a credential")
        }
        if own.contains(name.lowercased()) {
            throw Faults("ptrd sets this header itself", mend: "remove it")
        }
    }

    private static func value(of node: TOMLNode) throws(Faults) -> String {
        guard case .string(let value) = node.kind else {
            throw .wrongType(node, expected: "a string", mend: "write the value in quotes")
        }
        // RFC 9110, section 5.5: no controls but the tab. A line end would let the value write headers of its own.
        guard value.utf8.allSatisfy({ ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 }) else {
            throw Faults("the value holds a control character", mend: "remove it; a header is one line")
        }
        return value
    }
}
