import Locking
import Systemd

/// Sees whether the paths of a print format find anything. A format that was copied from somewhere else passes every check, and
/// prints blank lines.
public final class FormatWatch: Sendable {
    /// What an operator should hear about.
    public enum Event: Sendable, Hashable {
        /// None of the paths was found in so many messages running; in words, with what there is instead.
        case findsNothing(String)
        /// A path was found again.
        case findsAgain
        /// Others were found, but these never, in as many messages.
        case neverFound([String])
    }

    /// So many messages running are no accident. Each time that something is found after all it takes ten times as many: where
    /// one stream of several has the paths, or one message of many, it is no problem that comes and goes.
    public static let patience = 20
    private static let mostPatience = 1_000_000

    private struct State {
        /// Messages running in which nothing was found.
        var misses = 0
        /// How many of them are a problem.
        var patience = FormatWatch.patience
        /// Messages in which something was, up to the patience.
        var hits = 0
        /// For each path whether it was ever found.
        var wasFound: [Bool]
        var complaint: String?
    }

    private let paths: [String]
    private let state: Locked<State>
    private let onMiss: @Sendable () -> Void
    private let onEvent: @Sendable (Event) -> Void

    /// Watches a template; nil for one that has no path.
    ///
    /// - Parameters:
    ///   - onMiss: called for each message in which no path was found.
    ///   - onEvent: called by the worker whose message it was; it should not take long.
    public init?(
        _ template: PrintTemplate, onMiss: @escaping @Sendable () -> Void = {},
        onEvent: @escaping @Sendable (Event) -> Void
    ) {
        paths = template.paths
        guard !paths.isEmpty else { return nil }
        state = Locked(State(wasFound: paths.map { _ in false }))
        self.onMiss = onMiss
        self.onEvent = onEvent
    }

    /// What is wrong at present, in words; nil: nothing.
    public var complaint: String? { state.withLock(\.complaint) }

    func note(_ rendering: PrintTemplate.Rendering) {
        guard !rendering.found.contains(true) else {
            if let event = state.withLock({ hit(rendering.found, &$0) }) { onEvent(event) }
            return
        }
        onMiss()
        guard let misses = state.withLock({ miss(&$0) }) else { return }
        // What there is may be large: not while other workers wait.
        let complaint = complaint(about: rendering.document, misses: misses)
        let isStillSo = state.withLock { state in
            if state.misses >= misses { state.complaint = complaint }
            return state.misses >= misses
        }
        if isStillSo { onEvent(.findsNothing(complaint)) }
    }

    private func hit(_ found: [Bool], _ state: inout State) -> Event? {
        if state.misses >= Self.patience { state.patience = min(state.patience * 10, Self.mostPatience) }
        state.misses = 0
        if state.complaint != nil {
            state.complaint = nil
            return .findsAgain
        }
        guard state.hits < Self.patience else { return nil }
        state.hits += 1
        for (place, isFound) in found.enumerated() where isFound { state.wasFound[place] = true }
        guard state.hits == Self.patience, state.wasFound.contains(false) else { return nil }
        return .neverFound(zip(paths, state.wasFound).filter { !$1 }.map { $0.0 })
    }

    /// Returns after how many misses that is a problem, if it is one from this one on.
    private func miss(_ state: inout State) -> Int? {
        state.misses += 1
        return state.misses == state.patience ? state.patience : nil
    }

    private func complaint(about document: Any?, misses: Int) -> String {
        let few = paths.prefix(5).joined(separator: ", ") + (paths.count > 5 ? ", …" : "")
        return "none of the paths in handler.print.format (\(few)) was found in the last \(misses) messages: "
            + Self.describe(document)
    }

    /// What there is, for somebody who looks for the right path.
    private static func describe(_ document: Any?) -> String {
        switch document {
        case nil: return "the data is no JSON, and is printed as it came"
        case let object as [String: Any] where object.isEmpty: return "the data is an empty object"
        case let object as [String: Any]:
            let keys = object.keys.sorted()
            var text: [UInt8] = []
            text.appendPrintable(keys.prefix(12).map { String($0.prefix(40)) }.joined(separator: ", ").utf8)
            return
                "the keys of the last one are \(String(decoding: text, as: UTF8.self))\(keys.count > 12 ? ", …" : "")"
        case is [Any]: return "the data is an array, whose elements are {0}, {1} and so on"
        default: return "the data is a single value without keys"
        }
    }
}
