import ControlAPI

/// What a reload has changed, and what it could not.
struct ReloadPage: Sendable {
    let response: ReloadResponse
    let style: Style

    var lines: [String] {
        let changed = response.changed.flatMap { style.wrapped(describe($0), rest: "    ") }
        let waiting = response.needsRestart
        let lines =
            changed.isEmpty ? [waiting.isEmpty ? "nothing has changed" : "nothing has changed at once"] : changed
        let output = response.output.map { style.wrapped(Text.printable($0), rest: "  ") } ?? []
        guard !waiting.isEmpty else { return lines + output }
        let keys = Text.list(waiting.map { Text.printable($0.key) })
        let head = style.wrapped("waits for a restart: \(keys) (`systemctl\u{A0}restart\u{A0}ptrd`)", rest: "  ")
        return lines + head.map { style.coloured($0, .yellow) }
            + waiting.flatMap { style.wrapped(describe($0), first: "  ", rest: "      ") } + output
    }

    private func describe(_ change: ReloadResponse.Change) -> String {
        let key = Text.printable(change.key)
        switch (change.before.map(Text.printable), change.after.map(Text.printable)) {
        case (nil, let after?): return style.coloured("+", .green) + " \(key): \(after)"
        case (let before?, nil): return style.coloured("-", .red) + " \(key): \(before)"
        case (let before?, let after?): return style.coloured("~", .yellow) + " \(key): \(before) → \(after)"
        case (nil, nil): return style.coloured("~", .yellow) + " \(key)"
        }
    }
}
