import ControlAPI

/// One live message in one line.
struct TapLine: Sendable {
    let record: TapRecord
    let style: Style

    /// How much of the data is shown; all that was sent is in the JSON.
    private static let longestData = 400

    var text: String {
        var parts = [style.faint(Text.time(record.time)), Text.printable(record.stream), "#\(record.sequence)"]
        if !record.eventID.isEmpty { parts.append("id \(Text.shortened(Text.printable(record.eventID), to: 24))") }
        if record.type != "message" { parts.append("type \(Text.shortened(Text.printable(record.type), to: 24))") }
        if let worker = record.worker { parts.append(Text.printable(worker)) }
        if let attempt = record.attempt, attempt > 1 { parts.append("attempt \(attempt)") }
        if let milliseconds = record.milliseconds { parts.append(Text.milliseconds(milliseconds)) }
        if let reason = record.reason { parts.append(style.coloured(Text.printable(reason), .red)) }
        // A line of the data would begin a line of ours.
        let data = Text.printable(record.data)
        return parts.joined(separator: "  ") + "  " + Text.shortened(data, to: Self.longestData)
    }
}
