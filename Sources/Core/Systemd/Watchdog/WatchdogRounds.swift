/// The questions of the watchdog's thread, who has answered them, and what follows: a value without a clock, a thread or a
/// socket.
///
/// | the watchdog itself | late beats | then |
/// |---|---|---|
/// | in time | none | ping |
/// | in time | some | no ping, and they are named |
/// | overslept | none | ping |
/// | overslept, the round before not | some | ping: what froze the watchdog (a machine that slept, a stopped process) froze them, too |
/// | overslept, in the round before as well | some | no ping, and they are named |
struct WatchdogRounds {
    enum Conclusion: Equatable {
        /// systemd is told that the service lives. What was late before and is not any more is named.
        case alive(again: [String] = [])
        /// It is told so although something is late, since the watchdog itself was.
        case forgiven([LateBeat], after: Duration)
        /// It is not told. `isNews`: they are not the ones of the last round.
        case late([LateBeat], isNews: Bool)

        var isLate: Bool { if case .late = self { true } else { false } }
    }

    /// The time from one round to the next, in which a beat has to come.
    let period: Duration
    private let beats: [Beat]
    private let onAnswer: @Sendable () -> Void
    /// What has been asked last, by beat.
    private var echoes: [(echo: Echo, asked: Duration)?]
    private var hasForgiven = false
    private var lateBefore: [String] = []

    /// - Parameter onAnswer: called, on any thread, when a question has come back.
    init(_ beats: [Beat], period: Duration, onAnswer: @escaping @Sendable () -> Void = {}) {
        self.period = period
        self.beats = beats
        self.onAnswer = onAnswer
        echoes = beats.map { _ in nil }
    }

    /// A round begins: whoever owes no answer is asked.
    mutating func ask(at now: Duration) {
        for index in beats.indices {
            guard case .echo(let ask) = beats[index].kind, echoes[index]?.echo.isAnswered ?? true else { continue }
            let echo = Echo(onAnswer: onAnswer)
            echoes[index] = (echo, now)
            ask(echo)
        }
    }

    /// Whether every question has come back.
    var areAllAnswered: Bool { echoes.allSatisfy { $0?.echo.isAnswered ?? true } }

    /// The round ends, because all have answered or its time is up.
    ///
    /// - Parameters:
    ///   - now: any clock's time that also counts what the machine has slept.
    ///   - overslept: by how much the watchdog's own waits since the last round took longer than they should have.
    mutating func conclude(at now: Duration, overslept: Duration = .zero) -> Conclusion {
        // A little less than a period: threads do not wake to the microsecond.
        let bound = period * 9 / 10
        var late = beats.indices.compactMap { index -> LateBeat? in
            guard let (echo, asked) = echoes[index], !echo.isAnswered, now - asked >= bound else { return nil }
            return LateBeat(name: beats[index].name, station: echo.station, silence: now - asked)
        }
        // Only then: to look needs the parts' locks, and one that hangs may hold them.
        if late.isEmpty {
            late = beats.compactMap { beat -> LateBeat? in
                guard case .stall(let stalledFor) = beat.kind, let silence = stalledFor(), silence >= bound else {
                    return nil
                }
                return LateBeat(name: beat.name, station: nil, silence: silence)
            }
        }
        let isExcuse = overslept > period / 2
        let forgives = isExcuse && !hasForgiven
        hasForgiven = isExcuse
        guard !late.isEmpty else {
            defer { lateBefore = [] }
            return .alive(again: lateBefore)
        }
        if forgives { return .forgiven(late, after: overslept) }
        defer { lateBefore = late.map(\.name) }
        return .late(late, isNews: late.map(\.name) != lateBefore)
    }
}
