import FoundationEssentials
import Glibc

/// What systemd's files say of a service, drop-ins included: what `systemctl cat` shows, where there is no systemd to ask.
package struct UnitFile {
    /// Where units are looked for, what counts most first: systemd.unit(5).
    package static let folders = [
        "/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
        "/lib/systemd/system",
    ]

    /// Its name, such as `ptrd.service`.
    package let name: String
    /// The assignments below `[Service]`, in the order in which they count.
    private var assignments: [(key: String, value: String)] = []

    /// Reads a unit.
    ///
    /// - Returns: nil where there is none, or it is masked.
    package init?(named name: String, in folders: [String] = UnitFile.folders) {
        self.name = name
        // One that is masked leads to /dev/null.
        guard let main = folders.map({ String("\($0)/\(name)") }).first(where: { access($0, F_OK) == 0 }),
            let text = Self.text(main), !text.isEmpty
        else { return nil }
        read(text)
        // Of two drop-ins of one name the first takes the place of the other, and the names say the order.
        var dropIns: [String: String] = [:]
        for folder in folders {
            for place in ["\(folder)/\(name).d", "\(folder)/service.d"] {
                for file in (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
                where file.hasSuffix(".conf") && dropIns[file] == nil {
                    dropIns[file] = "\(place)/\(file)"
                }
            }
        }
        for file in dropIns.sorted(by: { $0.key < $1.key }) { Self.text(file.value).map { read($0) } }
    }

    /// Reads a text, as if it were the only file.
    package init(named name: String, text: String) {
        self.name = name
        read(text)
    }

    /// The words of all assignments of a key; an empty one takes back those before it.
    package func words(of key: String) -> [String] {
        assignments.reduce(into: []) { words, assignment in
            guard assignment.key == key else { return }
            let more = assignment.value.split(whereSeparator: \.isWhitespace).map { Self.unquoted(String($0)) }
            words = more.isEmpty ? [] : words + more
        }
    }

    /// The last value of a key; nil where it is empty, or there is none.
    package func value(of key: String) -> String? {
        assignments.last { $0.key == key }.flatMap { $0.value.isEmpty ? nil : $0.value }
    }

    /// Whether a key that is on or off is on.
    package func isOn(_ key: String) -> Bool {
        ["1", "yes", "y", "true", "t", "on"].contains(value(of: key)?.lowercased())
    }

    private mutating func read(_ text: String) {
        var isService = false
        var line = ""
        for part in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let trimmed = Self.trimmed(part)
            // Comments may stand between the parts of one line.
            if trimmed.hasPrefix("#") || trimmed.hasPrefix(";") { continue }
            guard !trimmed.hasSuffix("\\") else {
                line += trimmed.dropLast() + " "
                continue
            }
            line += trimmed
            defer { line = "" }
            if line.hasPrefix("[") {
                isService = line == "[Service]"
            } else if isService, let sign = line.firstIndex(of: "=") {
                assignments.append(
                    (Self.trimmed(line[..<sign]), Self.trimmed(line[line.index(after: sign)...])))
            }
        }
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" }
        var text = text.drop(while: isBlank)[...]
        while let last = text.last, isBlank(last) { text = text.dropLast() }
        return String(text)
    }

    private static func unquoted(_ word: String) -> String {
        guard word.count > 1, let quote = word.first, quote == "\"" || quote == "'", word.last == quote else {
            return word
        }
        return String(word.dropFirst().dropLast())
    }

    private static func text(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }
}
