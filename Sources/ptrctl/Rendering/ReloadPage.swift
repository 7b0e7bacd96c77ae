import ControlAPI

/// What a reload has changed, and what it could not.
struct ReloadPage: Sendable {
    let response: ReloadResponse
    let style: Style

    var lines: [String] {
        var lines = response.changed.map(describe)
        if lines.isEmpty { lines = ["nothing has changed"] }
        if !response.needsRestart.isEmpty {
            lines.append(style.coloured("takes effect at the next start (`systemctl restart ptrd`):", .yellow))
            lines += response.needsRestart.map { "  " + describe($0) }
        }
        return lines
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
