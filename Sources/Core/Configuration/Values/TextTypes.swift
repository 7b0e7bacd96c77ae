import ProgramKit
package import Templates

// Types of values that are written as texts with rules of their own.

extension ValueType<String> {
    /// The address of a stream.
    static var url: ValueType {
        .checked("URL", mend: "write it in quotes, such as \"https://example.com/events\"") { text throws(Faults) in
            try StreamURL.check(text)
        }
    }

    /// A path from the root.
    /// - Parameter maxBytes: what the system takes.
    static func absolutePath(maxBytes: Int) -> ValueType {
        .checked("absolute path") { path throws(Faults) in
            guard path.hasPrefix("/") else {
                throw Faults(
                    "\(TOMLText.quoted(path)) is not an absolute path", mend: "write the whole path, from / on")
            }
            guard path.utf8.count <= maxBytes else {
                throw Faults("the path is longer than \(maxBytes) bytes", mend: "choose a shorter one")
            }
        }
    }

    /// A group of users, by its name, as group(5) can hold it.
    static var groupName: ValueType {
        .checked("group") { name throws(Faults) in
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
        .checked("credential name", mend: "write its name in quotes") { name throws(Faults) in
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

    /// The id of an event, as a request's header can hold it.
    static var eventID: ValueType {
        .checked("event id") { id throws(Faults) in
            guard HeaderRules.isValue(id), 1...(64 << 10) ~= id.utf8.count else {
                throw Faults(
                    "this is no event id that can be asked for", mend: "write one of the server's, or remove the key")
            }
        }
    }

    /// What the event is known by that ends a stream.
    static var endText: ValueType {
        .checked("string") { text throws(Faults) in
            guard 1...1024 ~= text.utf8.count else {
                throw Faults(
                    "an end is known by 1 to 1,024 bytes", mend: "write what the server sends, such as \"[DONE]\"")
            }
        }
    }

    private static func checked(
        _ name: String, mend: String = "write it in quotes",
        _ check: @escaping @Sendable (String) throws(Faults) -> Void = { _ in }
    ) -> ValueType {
        .text(name: name, mend: mend, write: \.self) { text throws(Faults) in
            try check(text)
            return text
        }
    }
}

extension ValueType<String?> {
    /// A text, of which the empty one is none.
    static var textOrNone: ValueType {
        .text(name: "string", write: { $0 ?? "" }) { $0.isEmpty ? nil : $0 }
    }
}

extension ValueType<PrintDestination> {
    /// A word, or the path of a file.
    static var printDestination: ValueType {
        let mend = "write \"stdout\", \"journal\" or the absolute path of a file"
        return .text(
            name: "\"stdout\" | \"journal\" | absolute path", mend: mend,
            write: { destination in
                switch destination {
                case .stdout: "stdout"
                case .journal: "journal"
                case .file(let path): path
                }
            },
            read: { text throws(Faults) in
                switch text {
                case "stdout": return .stdout
                case "journal": return .journal
                case _ where text.hasPrefix("/") && !text.hasSuffix("/"): return .file(text)
                default:
                    let suggestion = Spelling.suggestion(for: text, among: ["stdout", "journal"])
                    throw Faults("\(TOMLText.quoted(text)) is no place to print to", mend: suggestion ?? mend)
                }
            })
    }
}

extension ValueType<Filter> {
    /// A condition on events.
    static var filter: ValueType {
        .text(name: "condition", mend: "write it in single quotes", write: \.text) { text throws(Faults) in
            do throws(TemplateError) {
                return try Filter(text)
            } catch {
                throw Faults(error.message, mend: error.mend)
            }
        }
    }
}

extension ValueType<[String]> {
    /// Types of events.
    static var eventTypes: ValueType {
        let mend = "write the types as [\"update\", \"delete\"]; an event without a type is a \"message\""
        return .texts(mend: mend) { type throws(Faults) in
            guard !type.isEmpty, !type.unicodeScalars.contains(where: { "\n\r".unicodeScalars.contains($0) }) else {
                throw Faults("\(TOMLText.quoted(type)) is no type of an event", mend: mend)
            }
        }
    }

    /// Texts in brackets.
    ///
    /// - Parameter check: says what is wrong with one of them.
    static func texts(
        mend: String, _ check: @escaping @Sendable (String) throws(Faults) -> Void
    ) -> ValueType {
        let element = ValueType<String>.text(name: "", mend: mend, write: \.self) { text throws(Faults) in
            try check(text)
            return text
        }
        return ValueType(
            name: "array of strings",
            read: { node throws(Faults) in
                guard case .array(let nodes) = node.kind else {
                    throw .wrongType(node, expected: "an array of strings", mend: mend)
                }
                return try nodes.map { node throws(Faults) in try element.read(node) }
            },
            write: { texts in texts.isEmpty ? nil : "[\(texts.map(TOMLText.quoted).joined(separator: ", "))]" })
    }

    /// Names of parameters of a URL's query.
    static var parameterNames: ValueType {
        let mend = "write the names as [\"token\"], as they stand in the URL before the \"=\""
        return .texts(mend: mend) { name throws(Faults) in
            guard !name.isEmpty, !name.contains(where: { "=&#?".contains($0) }) else {
                throw Faults("\(TOMLText.quoted(name)) is not the name of a parameter", mend: mend)
            }
        }
    }
}
