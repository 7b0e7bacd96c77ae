import Flow

/// What a reload does, as a value: computed from what there is and what is wanted before anything changes, then carried out.
public struct ReloadPlan: Sendable {
    /// What is done with one stream. Those that are not named go on as they are.
    public struct Step: Sendable, Hashable {
        /// Its name.
        public var stream: String
        /// What is done with it.
        public var action: Action

        /// Whether the receiver that there is ends.
        var stops: Bool { action != .begin }
    }

    /// What is done with a stream. The raw value says it in words.
    public enum Action: String, Sendable, Hashable {
        /// It goes; what it brought is worked on.
        case remove = "goes"
        /// It is new, or comes back.
        case begin = "comes"
        /// Another one takes its name, and begins without an id.
        case replace = "is another one"
        /// Its receiver begins anew where it was.
        case renew = "begins anew"
    }

    /// A stream that there is to be.
    struct Wanted {
        var name: String
        /// Whether it goes on from the ids of the one that has its name.
        var continues: Bool
        /// Whether its receiver has to begin anew.
        var isRenewed: Bool
    }

    /// What the tree lives by then.
    package let settings: ApplicationSettings
    /// What is done, in this order: who goes first makes room.
    public let steps: [Step]

    /// Whether there are streams of which nothing is known here.
    var hasNew: Bool { steps.contains { $0.action == .begin } }

    /// - Parameter present: the names of the streams that there are.
    init(from old: ApplicationSettings, to new: ApplicationSettings, present: Set<String>, wanted: [Wanted]) {
        settings = new.keeping(fixedOf: old)
        let names = Set(wanted.map(\.name))
        steps =
            present.subtracting(names).sorted().map { Step(stream: $0, action: .remove) }
            + wanted.compactMap { stream in
                if !present.contains(stream.name) { return Step(stream: stream.name, action: .begin) }
                if !stream.continues { return Step(stream: stream.name, action: .replace) }
                return stream.isRenewed ? Step(stream: stream.name, action: .renew) : nil
            }
    }
}

extension ReloadPlan: CustomStringConvertible {
    /// Such as `stream a goes; stream b begins anew`.
    public var description: String {
        steps.isEmpty
            ? "all streams go on" : steps.map { "stream \($0.stream) \($0.action.rawValue)" }.joined(separator: "; ")
    }
}
