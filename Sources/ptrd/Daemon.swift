import ControlServer
import EventSource
import Handlers
import Logging
import PtrConfiguration
import Storage
import Systemd
import Writing

/// One life of the daemon: configuration → tree → run → drain. ``DaemonLifecycle`` decides, ``DaemonShell`` performs.
struct Daemon {
    private let configuration: Configuration
    private let load: @Sendable () throws(ConfigurationError) -> Configuration

    /// - Parameters:
    ///   - configuration: what it starts with.
    ///   - load: reads the configuration again; it may block.
    init(
        _ configuration: Configuration, load: @escaping @Sendable () throws(ConfigurationError) -> Configuration
    ) {
        self.configuration = configuration
        self.load = load
    }

    /// Runs until a signal or the end of the tree. Returns the exit status.
    func run() async -> Int32 {
        let log: LogWriter
        do {
            log = try LogWriter.bootstrap(identifier: "ptrd", level: configuration.log.level.level)
        } catch {
            Ptrd.say("the log cannot be written: \(error)")
            return Ptrd.Status.failure
        }
        let shell: DaemonShell
        do throws(WriterError) {
            shell = try DaemonShell(log: log, notifier: SystemdNotifier())
        } catch {
            Ptrd.say("\(error)")
            return Ptrd.Status.failure
        }
        // First of all: a signal that comes during the start is to be heeded, not to end the process.
        await shell.heedSignals()
        // By itself, for a start can hang, and a stop must not wait for it.
        Task { [configuration, load] in
            do {
                let parts = try await DaemonParts(configuration, load: load, shell: shell)
                shell.start(parts)
            } catch {
                shell.happened(.cannotStart("\(error)\(Sandbox.hint(for: error))", Self.messageID(of: error)))
            }
        }
        return await shell.end()
    }

    /// What the journal's catalog explains an error at the start by.
    private static func messageID(of error: any Error) -> MessageID {
        switch error as? StorageError {
        case .damaged, .tooNew: MessageID.stateDamaged
        default: MessageID.startFailed
        }
    }
}
