/// What a supervisor does with a child that ended by itself: OTP's table.
enum RestartDecision: Sendable, Hashable {
    case restart
    /// It stays stopped, its specification is kept.
    case keep
    /// It goes, with its specification.
    case remove

    init(_ restart: RestartType, _ reason: ExitReason) {
        self =
            switch (restart, reason) {
            case (.permanent, _): .restart
            case (.transient, .error): .restart
            case (.transient, .normal), (.transient, .shutdown): .keep
            case (.temporary, _): .remove
            }
    }
}
