// Types of values that describe a process.

extension ValueType<[String]> {
    /// A program with its arguments. No system takes longer ones at once than this does.
    static var command: ValueType {
        let mend = "write the program and its arguments as [\"/usr/bin/python3\", \"/srv/score.py\"]; there is no shell"
        let words = texts(mend: mend) { _ in }
        return ValueType(
            name: words.name,
            read: { node throws(Faults) in
                let command = try words.read(node)
                guard let program = command.first, !program.isEmpty else {
                    throw Faults("the command is empty", mend: mend)
                }
                guard program.hasPrefix("/") else {
                    throw Faults(
                        "\(TOMLText.quoted(program)) is not an absolute path",
                        mend: "write the program's whole path, as `command -v \(program)` shows it")
                }
                // Linux takes 128 KiB of one argument, and 4095 bytes of a path.
                guard program.utf8.count < 4096, command.reduce(0, { $0 + $1.utf8.count + 1 }) < 128 << 10 else {
                    throw Faults("the command is longer than 128 KiB", mend: "let the program read a file instead")
                }
                return command
            },
            write: words.write)
    }

    /// Names of variables of the environment.
    static var variableNames: ValueType {
        .texts(mend: "write the names as [\"MODEL\", \"TZ\"]") { name throws(Faults) in
            try EnvironmentRules.check(name)
        }
    }
}

extension ValueType<[String: String]> {
    /// Variables of the environment with their values. They may be secrets, and are not shown.
    static var environment: ValueType {
        let mend = "write variables as { NAME = \"value\" }"
        return ValueType(
            name: "table of strings",
            read: { node throws(Faults) in
                guard case .table = node.kind else { throw .wrongType(node, expected: "a table", mend: mend) }
                var (variables, faults) = ([String: String](), [Faults.Fault]())
                for (name, node) in node.entries {
                    do throws(Faults) {
                        try EnvironmentRules.check(name)
                        guard case .string(let value) = node.kind else {
                            throw .wrongType(node, expected: "a string", mend: "write the value in quotes")
                        }
                        variables[name] = value
                    } catch {
                        faults += error.faults.map {
                            Faults.Fault(message: $0.message, mend: $0.mend, part: (name, node.origin))
                        }
                    }
                }
                guard faults.isEmpty else { throw Faults(faults) }
                return variables
            },
            write: { variables in
                variables.isEmpty ? nil : "{ \(variables.count) variable\(variables.count == 1 ? "" : "s") }"
            })
    }
}

/// The rules for variables of a worker's environment.
enum EnvironmentRules {
    /// By these systemd hands something to ptrd: a worker that had them could speak for it, or take what it is to get.
    private static let ofTheService: (names: Set<String>, prefixes: [String]) = (
        ["NOTIFY_SOCKET", "CREDENTIALS_DIRECTORY"], ["LISTEN_", "WATCHDOG_"]
    )

    static func check(_ name: String) throws(Faults) {
        // Names as a shell has them; anything else can be set, but not read by much.
        let isName =
            name.utf8.first.map { !$0.isDigit } ?? false
            && name.utf8.allSatisfy { $0.isBareKey && $0 != UInt8(ascii: "-") }
        guard isName else {
            throw Faults(
                "\(TOMLText.quoted(name)) is not the name of a variable", mend: "use letters, digits and _ only")
        }
        if isOfTheService(name) {
            throw Faults(
                "\(name) is for ptrd alone: systemd hands something to it by that",
                mend: "remove it; no worker is given this variable")
        }
        if name.hasPrefix("PTR_") {
            throw Faults("ptrd sets the variables of PTR_ itself", mend: "take another name")
        }
    }

    private static func isOfTheService(_ name: String) -> Bool {
        ofTheService.names.contains(name) || ofTheService.prefixes.contains { name.hasPrefix($0) }
    }
}

extension ValueType<UInt32> {
    /// The permissions that new files do not get, as `umask` writes them.
    static var umask: ValueType {
        let mend = "write it in quotes as four octal digits, such as \"0077\""
        return .text(
            name: "umask", mend: mend,
            write: { mask in
                let digits = String(mask, radix: 8)
                return String(repeating: "0", count: max(4 - digits.count, 0)) + digits
            },
            read: { text throws(Faults) in
                // Read by itself it would take a sign.
                guard 1...4 ~= text.utf8.count, text.utf8.allSatisfy(\.isDigit), let mask = UInt32(text, radix: 8),
                    mask <= 0o777
                else { throw Faults("\(TOMLText.quoted(text)) is not a umask", mend: mend) }
                return mask
            })
    }
}

extension ValueType<Int> {
    /// How many a second.
    static func perSecond(_ range: ClosedRange<Int>) -> ValueType {
        let mend = "write how many a second in quotes, such as \"200/s\""
        return .bounded(
            range, name: "rate",
            read: { node throws(Faults) in
                guard case .string(let text) = node.kind else { throw .wrongType(node, expected: "a rate", mend: mend) }
                let digits = text.utf8.prefix(while: \.isDigit)
                guard text.utf8[digits.endIndex...].elementsEqual("/s".utf8),
                    let rate = Int(String(text.prefix(digits.count)))
                else { throw Faults("\(TOMLText.quoted(text)) is not a rate", mend: mend) }
                return rate
            },
            write: { TOMLText.quoted("\($0)/s") })
    }
}
