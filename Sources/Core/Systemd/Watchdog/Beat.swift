import Locking
import Synchronization

/// A part of the service that is to show that it lives.
public struct Beat: Sendable {
    enum Kind: Sendable {
        case echo(@Sendable (Echo) -> Void)
        case stall(@Sendable () -> Duration?)
    }

    /// The name of the part, as it stands in the log and in the status line.
    let name: String
    let kind: Kind

    /// A part that answers when it is asked: late is who has not answered within a period.
    ///
    /// - Parameters:
    ///   - name: of the part.
    ///   - ask: hands the question over and returns at once; the part calls ``Echo/answer()`` when it comes round to it.
    ///     Not called again before that.
    public static func echo(_ name: String, _ ask: @escaping @Sendable (Echo) -> Void) -> Beat {
        Beat(name: name, kind: .echo(ask))
    }

    /// A part that has work in hand, or has not: late is who has made no progress with it for a whole period.
    ///
    /// - Parameters:
    ///   - name: of the part.
    ///   - stalledFor: for how long it has had work and made no progress; nil when it has none, or has.
    public static func stall(_ name: String, _ stalledFor: @escaping @Sendable () -> Duration?) -> Beat {
        Beat(name: name, kind: .stall(stalledFor))
    }
}

/// A question to a part of the service, on its way there and back.
public final class Echo: Sendable {
    private let answered = Atomic(false)
    private let place = Locked<String?>(nil)
    private let onAnswer: @Sendable () -> Void

    init(onAnswer: @escaping @Sendable () -> Void) {
        self.onAnswer = onAnswer
    }

    /// It has come back.
    public func answer() {
        answered.store(true, ordering: .releasing)
        onAnswer()
    }

    /// Where it waits to be passed on from, for a way of several stations: the one that is late will be named.
    public func waits(for place: String) { self.place.withLock { $0 = place } }

    var isAnswered: Bool { answered.load(ordering: .acquiring) }

    /// The station that it has reached, if its way has any.
    var station: String? { place.withLock { $0 } }
}

/// A part that does not show that it lives.
struct LateBeat: Equatable, CustomStringConvertible {
    /// Of the part.
    var name: String
    /// Of the station that does not pass the question on, on a way of several.
    var station: String?
    /// For how long nothing has been heard.
    var silence: Duration

    /// Such as `the tree (flow_manager) has not answered for 10.0 s`.
    var description: String {
        "\(part) has not answered for \(silence.formatted)"
    }

    /// The name with the station.
    var part: String { name + (station.map { " (\($0))" } ?? "") }
}

extension Duration {
    /// Seconds with one decimal, such as `10.0 s`.
    var formatted: String {
        let tenths = (components.seconds * 10) + components.attoseconds / 100_000_000_000_000_000
        return "\(tenths / 10).\(tenths % 10) s"
    }
}
