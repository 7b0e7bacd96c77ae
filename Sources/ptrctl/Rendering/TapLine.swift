import ControlAPI

/// One live message: in one line, or in two where the data finds no room beside the rest.
struct TapLine: Sendable {
    let record: TapRecord
    let style: Style
    /// Whether all of it is shown, however long.
    var isFull = false

    /// How much of the data is shown where there is no terminal; all that was sent is in the JSON.
    private static let longestData = 400

    var lines: [String] {
        var parts = [style.faint(style.time(record.time)), Text.printable(record.stream), "#\(record.sequence)"]
        if !record.eventID.isEmpty { parts.append("id \(short(record.eventID))") }
        if record.type != "message" { parts.append("type \(short(record.type))") }
        if let worker = record.worker { parts.append(Text.printable(worker)) }
        if let attempt = record.attempt, attempt > 1 { parts.append("attempt \(attempt)") }
        if let milliseconds = record.milliseconds { parts.append(Text.milliseconds(milliseconds)) }
        let head = parts.joined(separator: "  ")
        let reason = record.reason.map { style.coloured(Text.printable($0), .red) }
        // A line of the data would begin a line of ours.
        let data = Text.printable(record.data)
        let all = ([head, reason, data] as [String?]).compactMap(\.self).joined(separator: "  ")
        guard !isFull else { return style.wrapped(all, rest: "  ") }
        guard let columns = style.columns else {
            return [all.dropLast(data.count) + style.cut(data, to: Self.longestData)]
        }
        guard Text.width(style.spelled(all)) > columns else { return [all] }
        // Why it failed is worth more than the ids.
        let first = reason.map { "\(style.faint(style.time(record.time)))  #\(record.sequence)  \($0)  " } ?? ""
        let lines = [
            first + (reason == nil ? head : parts.dropFirst().filter { !$0.hasPrefix("#") }.joined(separator: "  ")),
            "  " + data,
        ]
        return lines.map { style.cut($0, to: columns) }
    }

    private func short(_ text: String) -> String {
        isFull ? Text.printable(text) : style.cut(Text.printable(text), to: 24)
    }
}
