import ProgramKit
package import Templates

/// What is printed of a message.
package enum PrintFormat: Sendable, Hashable {
    /// Text with places for values.
    case template(Template)
    /// A line of JSON with what the event has.
    case ndjson
    /// A line of JSON: a CloudEvents 1.0 event.
    case cloudEvents

    /// Those that have a name: a text without places would print the same for every message.
    fileprivate static let named: [String: PrintFormat] = ["ndjson": .ndjson, "cloudevents": .cloudEvents]

    /// The format as a file has it.
    package var text: String {
        switch self {
        case .template(let template): template.text
        case .ndjson: "ndjson"
        case .cloudEvents: "cloudevents"
        }
    }
}

extension ValueType<PrintFormat> {
    /// A template, or the name of a format.
    static var printFormat: ValueType {
        .text(name: "format | \"ndjson\" | \"cloudevents\"", write: \.text) { text throws(Faults) in
            guard !text.isEmpty else {
                throw Faults("the format is empty", mend: "leave the key out to print messages as they are")
            }
            if let named = PrintFormat.named[text] { return named }
            try checkSpelling(of: text)
            do throws(TemplateError) {
                return .template(try Template(text))
            } catch {
                throw Faults(error.message, mend: error.mend)
            }
        }
    }

    /// A word that is nearly a name is no text to be printed for every message.
    private static func checkSpelling(of text: String) throws(Faults) {
        let words = PrintFormat.named.keys.sorted() + ["json", "jsonl", "raw", "text", "data"]
        guard !text.contains("{"), let meant = Spelling.nearest(to: text, among: words),
            meant.count > 4 || meant == text
        else { return }
        let mend =
            switch meant {
            case "ndjson", "cloudevents": "did you mean \"\(meant)\"?"
            case "json", "jsonl": "write \"ndjson\" for a line of JSON, or \"{@data}\" for the data as it came"
            default: "write \"{@data}\" for the data as it came"
            }
        throw Faults("\(TOMLText.quoted(text)) would be printed of every message, and nothing else", mend: mend)
    }
}
