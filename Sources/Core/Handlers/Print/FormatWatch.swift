import Locking
import NIOCore
import Templates
import Writing

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

    /// What the format is called in the configuration.
    let key: String
    private let paths: [String]
    private let isRequired: [Bool]
    private let state: Locked<State>
    private let onMiss: @Sendable (Int) -> Void
    private let onEvent: @Sendable (Event) -> Void

    /// Watches a format; nil for one that has no path without a default.
    ///
    /// - Parameters:
    ///   - key: what the format is called in the configuration.
    ///   - onMiss: called with the number of messages in which no path was found.
    ///   - onEvent: called by the worker whose message it was; it should not take long.
    public init?(
        _ format: LineFormat, key: String = "handler.print.format",
        onMiss: @escaping @Sendable (Int) -> Void = { _ in },
        onEvent: @escaping @Sendable (Event) -> Void
    ) {
        guard let template = format.template, template.isRequired.contains(true) else { return nil }
        self.key = key
        paths = template.paths.map { "{\($0)}" }
        isRequired = template.isRequired
        state = Locked(State(wasFound: paths.map { _ in false }))
        self.onMiss = onMiss
        self.onEvent = onEvent
    }

    /// What is wrong at present, in words; nil: nothing.
    public var complaint: String? { state.withLock(\.complaint) }

    /// Takes what some messages had, in their order.
    ///
    /// - Parameter data: the data of one of them, by its place.
    func note(_ findings: FormatFindings, data: (Int) -> ByteBuffer) {
        var (missed, events): (Int, [Event]) = (0, [])
        var last: (message: Int, misses: Int)?
        state.withLock { state in
            for message in 0..<findings.count {
                let found = findings.ofMessage(message)
                if found.contains(true) {
                    if let event = hit(found, &state) { events.append(event) }
                } else {
                    missed += 1
                    if let misses = miss(&state) { last = (message, misses) }
                }
            }
        }
        if missed > 0 { onMiss(missed) }
        for event in events { onEvent(event) }
        guard let last else { return }
        // What there is may be large: not while other workers wait.
        let complaint = complaint(about: data(last.message), misses: last.misses)
        let isStillSo = state.withLock { state in
            if state.misses >= last.misses { state.complaint = complaint }
            return state.misses >= last.misses
        }
        if isStillSo { onEvent(.findsNothing(complaint)) }
    }

    private func hit(_ found: ArraySlice<Bool>, _ state: inout State) -> Event? {
        if state.misses >= Self.patience { state.patience = min(state.patience * 10, Self.mostPatience) }
        state.misses = 0
        if state.complaint != nil {
            state.complaint = nil
            return .findsAgain
        }
        guard state.hits < Self.patience else { return nil }
        state.hits += 1
        for (place, isFound) in found.enumerated() where isFound { state.wasFound[place] = true }
        guard state.hits == Self.patience else { return nil }
        let never = paths.indices.filter { isRequired[$0] && !state.wasFound[$0] }
        return never.isEmpty ? nil : .neverFound(never.map { paths[$0] })
    }

    /// Returns after how many misses that is a problem, if it is one from this one on.
    private func miss(_ state: inout State) -> Int? {
        state.misses += 1
        return state.misses == state.patience ? state.patience : nil
    }

    private func complaint(about data: ByteBuffer, misses: Int) -> String {
        let few = paths.prefix(5).joined(separator: ", ") + (paths.count > 5 ? ", …" : "")
        return "none of the paths in \(key) (\(few)) was found in the last \(misses) messages: "
            + Self.describe(data.readableBytesUInt8Span)
    }

    /// What there is, for somebody who looks for the right path.
    private static func describe(_ data: Span<UInt8>) -> String {
        var reader = FieldReader([])
        guard reader.read(data) else { return "the data is no JSON, and is printed as it came" }
        switch reader.kindOfDocument {
        case .object:
            let names = Set(FieldReader.names(of: data, atMost: 1000)).sorted()
            guard !names.isEmpty else { return "the data is an empty object" }
            var text: [UInt8] = []
            text.appendPrintable(names.prefix(12).map { String($0.prefix(40)) }.joined(separator: ", ").utf8)
            return
                "the keys of the last one are \(String(decoding: text, as: UTF8.self))\(names.count > 12 ? ", …" : "")"
        case .array: return "the data is an array, whose elements are {0}, {1} and so on"
        default: return "the data is a single value without keys, and is printed as it came"
        }
    }
}
