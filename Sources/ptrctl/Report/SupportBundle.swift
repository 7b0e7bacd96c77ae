import ControlClient

/// What somebody needs who is to find out from afar what is wrong with a ptrd: its own answers, and how systemd sees it. No
/// message, no value of a header or of a URL's query, and no credential is in it.
struct SupportBundle: Sendable {
    /// A file of the bundle.
    struct Part: Sendable {
        let name: String
        let content: [UInt8]
    }

    private(set) var parts: [Part] = []
    /// What could not be had, and why.
    private(set) var missing: [String] = []

    /// Asks the daemon and the system; what cannot be had is noted, and the rest is there all the same.
    static func collect(with context: VerbContext, _ progress: (String) -> Void) async -> SupportBundle {
        var bundle = SupportBundle()
        progress("asking ptrd")
        await bundle.ask(StatusRequest(), "status.json", context)
        await bundle.ask(TreeRequest(), "tree.json", context)
        await bundle.ask(EventsRequest(limit: 1000), "events.json", context)
        await bundle.ask(CrashesRequest(limit: 100), "crashes.json", context)
        await bundle.ask(DecisionsRequest(limit: 100), "decisions.json", context)
        await bundle.ask(RunningConfigurationRequest(), "configuration.json", context)
        await bundle.ask(CurrentLogLevelRequest(), "log-level.json", context)
        progress("asking systemd")
        let units = ["ptrd.service", "ptrd.socket"]
        await bundle.run(["systemctl", "--no-pager", "cat"] + units, "unit.txt", redacted: true)
        await bundle.run(["systemctl", "--no-pager", "show"] + units, "unit-properties.txt", redacted: true)
        await bundle.run(["systemctl", "--no-pager", "--lines=0", "status"] + units, "unit-status.txt")
        progress("reading the journal")
        // Printed messages are of level info.
        await bundle.run(
            [
                "journalctl", "--no-pager", "--namespace=*", "-u", "ptrd", "-p", "notice", "-n", "2000", "-o",
                "short-iso-precise",
            ],
            "journal.txt")
        await bundle.run(["uname", "-srvm"], "kernel.txt")
        await bundle.run(["cat", "/etc/os-release"], "os.txt")
        await bundle.run(
            ["dpkg-query", "-W", "ptrd", "libc6", "libsystemd0", "libsqlite3-0", "systemd"], "packages.txt")
        bundle.add("versions.txt", "ptrctl \(Version.current)\n")
        if !bundle.missing.isEmpty {
            bundle.add("missing.txt", bundle.missing.map { $0 + "\n" }.joined())
        }
        return bundle
    }

    private mutating func add(_ name: String, _ text: String) {
        parts.append(Part(name: name, content: Array(text.utf8)))
    }

    private mutating func ask(_ request: some ControlRequest, _ name: String, _ context: VerbContext) async {
        do throws(ControlClientError) {
            add(name, try await context.client.send(request).document)
        } catch {
            missing.append("\(name): \(Text.printable(error.message))")
        }
    }

    private mutating func run(_ words: [String], _ name: String, redacted: Bool = false) async {
        guard let outcome = await SystemCommand(words: words).run() else {
            missing.append("\(name): \(words[0]) cannot be run")
            return
        }
        // Such as 127 of a command that is not there. What it said is worth keeping.
        if outcome.status != 0 { missing.append("\(name): \(words[0]) ended with status \(outcome.status)") }
        guard redacted else { return parts.append(Part(name: name, content: outcome.output)) }
        add(name, Self.redacted(String(decoding: outcome.output, as: UTF8.self)))
    }

    /// Settings of a unit that hand over values, which may be secret. Where a value comes from is none.
    private static let secretSettings = ["Environment", "SetCredential", "SetCredentialEncrypted"]

    /// The text of units without the values of ``secretSettings``, lines that are continued and settings that are
    /// commented out included.
    static func redacted(_ text: String) -> String {
        // Whether the secret setting that goes on in the next line is commented out; nil while none does.
        var isCommented: Bool?
        // By scalars, as systemd sees it: a character may be more than one, such as CR and LF.
        let lines = text.unicodeScalars.split(omittingEmptySubsequences: false) { $0 == "\n" }
        return lines.compactMap { line -> String? in
            let goesOn = line.last(where: { !isBlank($0) }) == "\\"
            let first = line.first(where: { !isBlank($0) })
            let isComment = first == "#" || first == ";"
            if let isOfComment = isCommented {
                // Comments in between are left out by systemd, and do not end a setting.
                if !goesOn, isOfComment || !isComment { isCommented = nil }
                return nil
            }
            let name = line.prefix { $0 != "=" }
            let key = String(name).drop { "#; \t".contains($0) }.filter { $0 != " " && $0 != "\t" }
            guard name.count < line.count, secretSettings.contains(key) else { return String(line) }
            if goesOn { isCommented = isComment }
            let isEmpty = line.dropFirst(name.count + 1).isEmpty
            return isEmpty ? String(line) : "\(String(name))=(not shown)"
        }.joined(separator: "\n")
    }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || scalar == "\t" || scalar == "\r"
    }
}
