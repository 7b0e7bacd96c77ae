public import ServiceLifecycle

/// Runs a supervisor as a service of swift-service-lifecycle: a graceful shutdown asks it to stop, giving up is an
/// error.
public struct SupervisorService: Service {
    private let supervisor: Supervisor

    /// Makes a service of a supervisor that nobody else runs.
    public init(_ supervisor: Supervisor) {
        self.supervisor = supervisor
    }

    /// Makes a service of a dynamic supervisor that nobody else runs.
    public init<Argument>(_ supervisor: DynamicSupervisor<Argument>) {
        self.supervisor = supervisor.core
    }

    /// Runs until the supervisor has ended. Throws ``SupervisorGaveUp`` unless it was asked to stop, or declined to
    /// start.
    public func run() async throws {
        let ending = await withGracefulShutdownHandler {
            await supervisor.run()
        } onGracefulShutdown: {
            supervisor.stop()
        }
        switch ending {
        case .stopped, .declined: break
        case .gaveUp, .tooManyAbandoned, .startFailed, .autoShutdown, .alreadyRan:
            throw SupervisorGaveUp(supervisor: supervisor.name, ending: ending)
        }
    }
}

/// A supervisor at the top of a tree ended although nobody had asked it to.
public struct SupervisorGaveUp: Error, Sendable, CustomStringConvertible {
    /// The supervisor's name.
    public var supervisor: String
    /// How it ended.
    public var ending: Supervisor.Ending

    /// - Parameters:
    ///   - supervisor: its name.
    ///   - ending: how it ended.
    public init(supervisor: String, ending: Supervisor.Ending) {
        self.supervisor = supervisor
        self.ending = ending
    }

    /// In words, for people.
    public var description: String { ending.sentence(about: supervisor) }
}
