import ArgumentParser
import ControlClient

/// Of the verbs that can ask more than one ptrd.
struct EverywhereOption: ParsableArguments {
    @Flag(help: "Ask all ptrds at the broker of [nats], by way of this one.") var all = false
}

extension VerbContext {
    /// Asks all ptrds, and prints what they say.
    func showAll(
        _ part: Whole.Part, json: Bool, _ lines: (WholePage) -> [String]
    ) async throws(ControlClientError) -> Whole {
        try await show(WholeRequest(part: part), json: json) { lines(WholePage(whole: $0, style: style)) }
    }
}

/// `--all` may stand before the verb, as other options do that all verbs have: the parser knows it behind it only.
enum LeadingAll {
    static func moved(_ arguments: [String]) -> [String] {
        var rest = arguments
        var index = rest.startIndex
        var places: [Int] = []
        while index < rest.endIndex, rest[index].hasPrefix("-"), rest[index] != "--" {
            if rest[index] == "--all" { places.append(index) }
            index += rest[index] == "--socket" || rest[index] == "--color" ? 2 : 1
        }
        guard !places.isEmpty, index < rest.endIndex else { return arguments }
        rest.insert("--all", at: rest.firstIndex(of: "--") ?? rest.endIndex)
        for place in places.reversed() { rest.remove(at: place) }
        return rest
    }
}
