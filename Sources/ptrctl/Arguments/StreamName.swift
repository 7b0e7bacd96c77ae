import ArgumentParser
import ControlAPI
import ControlClient
import ProgramKit

/// The name of a stream on the command line.
enum StreamName {
    static func parse(_ text: String) throws -> String {
        guard !text.isEmpty else { throw ValidationError("the name is empty: leave it out, or name a stream") }
        return text
    }

    /// Says that there is no such stream, if there is none.
    ///
    /// - Returns: what ptrctl ends with; nil if there is one.
    static func refusal(
        of name: String, with context: VerbContext
    ) async throws(ControlClientError) -> ExitStatus? {
        let names = try await context.client.answer(to: StreamsRequest()).streams.map(\.name)
        guard !names.contains(name) else { return nil }
        context.complain("there is no stream \"\(Text.printable(name))\"", hint: mend(name, names))
        return .precondition
    }

    private static func mend(_ name: String, _ names: [String]) -> String {
        if let near = Spelling.nearest(to: name, among: names) { return "did you mean \(Text.printable(near))?" }
        switch names.count {
        case 0: return "no streams are configured"
        case 1: return "the only one is \(Text.printable(names[0]))"
        default: return "there are \(Text.list(names.map(Text.printable)))"
        }
    }
}
