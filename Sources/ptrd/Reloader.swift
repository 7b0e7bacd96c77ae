import Cluster
import ControlAPI
import ControlServer
import EventSource
import EventStreamInput
import Locking
import Logging
import Pipeline
import PtrConfiguration
import Storage
import Supervision
import Systemd

/// The daemon around the tree, as far as operators have a hand on it: its configuration, which can be read again, and its log.
final class Reloader: ControlHost {
    private let load: @Sendable () throws(ConfigurationError) -> Configuration
    private let application: Application
    private let consumed: ConsumedMessages
    private let cluster: ClusterNode?
    private let service: NodeService?
    private let log: LogWriter
    private let notifier: SystemdNotifier
    private let logger: Logger
    private let store: SQLiteStateStore
    private let formats: ConfiguredFormats?
    private let reopenOutput: @Sendable () async -> String?
    private let state: Locked<State>
    private let commands = CommandQueue(SupervisionRuntime())
    /// For the files.
    private let queue = SerialQueue("configuration")

    private struct State {
        /// What the daemon lives by: the configuration of its start, with what was applied since.
        var running: Configuration
        /// What the files have otherwise, and waits for the next start.
        var needsRestart: [String] = []
    }

    /// - Parameters:
    ///   - running: what the tree was made of.
    ///   - consumed: makes what streams are read by, and what other sources are.
    ///   - cluster: the nodes that it shares streams with; nil: none.
    ///   - service: asks the others at the broker; nil: there is none.
    ///   - formats: what is printed; nil: nothing is.
    ///   - reopenOutput: has the file that is printed to opened anew, since a reload is how the rotation of logs asks for it.
    ///     Returns what became of that, in words.
    ///   - load: reads the files, and lays the command line over them.
    init(
        running: Configuration, application: Application, consumed: ConsumedMessages, cluster: ClusterNode?,
        service: NodeService?, log: LogWriter, notifier: SystemdNotifier, logger: Logger, store: SQLiteStateStore,
        formats: ConfiguredFormats?,
        reopenOutput: @escaping @Sendable () async -> String?,
        load: @escaping @Sendable () throws(ConfigurationError) -> Configuration
    ) {
        state = Locked(State(running: running))
        self.load = load
        self.application = application
        self.consumed = consumed
        self.cluster = cluster
        self.service = service
        self.log = log
        self.notifier = notifier
        self.logger = logger
        self.store = store
        self.formats = formats
        self.reopenOutput = reopenOutput
    }

    /// What the daemon lives by at the moment.
    var running: Configuration { state.withLock(\.running) }

    var needsRestart: [String] { state.withLock(\.needsRestart) }

    var allowsCrashes: Bool { running.control.faultInjection }

    var logLevel: Logger.Level? { log.level.level }

    var configuration: RunningConfiguration {
        RunningConfiguration(
            settings: running.settingsInForce { EventSourceConfiguration(url: $0).displayURL }.map {
                .init(key: $0.key, value: $0.value, isDefault: $0.isDefault)
            })
    }

    var holders: [String: StreamHolder] {
        cluster?.leases.statuses.mapValues { status in
            StreamHolder(
                role: StreamHolder.Role(rawValue: status.role.word), holder: status.holder, epoch: status.epoch)
        } ?? [:]
    }

    func handOver(_ stream: String) async throws(ControlFailure) {
        guard let cluster else {
            throw ControlFailure(
                .precondition, "there are no other nodes", hint: "set bucket in [cluster], and restart")
        }
        guard let reason = await cluster.leases.handOver(stream) else { return }
        throw ControlFailure(.precondition, "stream \(stream) was not given up: \(reason)")
    }

    func checkSource(_ name: String) async -> SourceCheck? { await consumed.check(name) }

    var sources: [String] { running.sources.map(\.name) }

    func whole(_ part: Whole.Part, of plane: ApplicationControl) async throws(ControlFailure) -> Whole {
        guard let service else { throw NodeService.refusal }
        return await service.whole(part, plane)
    }

    func setLogLevel(_ level: Logger.Level) { log.level.level = level }

    /// Reads the configuration again and applies it. One at a time; what has begun goes on, also when nobody waits for it.
    func reload() async throws(ControlFailure) -> ReloadResponse {
        try await commands.perform { await self.announced() }.get()
    }

    /// systemd is to know when it begins and when it is over, also when the files were refused.
    private func announced() async -> Result<ReloadResponse, ControlFailure> {
        // After STOPPING=1 there is no way back to READY=1.
        guard !application.isStopping else { return .failure(ControlFailure(.unavailable, "ptrd is stopping")) }
        await notifier.tell(.reloading(), logger)
        let output = await reopened()
        let result: Result<ReloadResponse, ControlFailure>
        do throws(ControlFailure) {
            let response = try await apply(output)
            logger.notice("\(response.summary)", metadata: MessageID.reloaded.metadata())
            for change in response.needsRestart {
                logger.warning("\(change.key) takes effect at the next start: \(change.values)")
            }
            // Last, so that it is not the new level that hides the line about itself.
            log.level.level = running.log.level.level
            result = .success(response)
        } catch {
            logger.error(
                "the configuration was not reloaded, and nothing is changed: \(error.message)",
                metadata: MessageID.reloadRefused.metadata())
            // Also when nothing else is done: a rotation of logs does not depend on what is in the files.
            let hint = [error.hint, output].compactMap { $0 }.joined(separator: "; ")
            result = .failure(ControlFailure(error.code, error.message, hint: hint.isEmpty ? nil : hint))
        }
        await notifier.tell(.ready, logger)
        return result
    }

    /// Has the output opened anew. A file system that hangs does not hold up the reload.
    private func reopened() async -> String? {
        let opened = OneShot<String?>()
        Task { [reopenOutput] in opened.resolve(await reopenOutput()) }
        return await opened.value(
            within: .seconds(2),
            otherwise: "the file that is printed to is not opened yet; the old one is written on until it is")
    }

    /// What was built without NATS has none of its sources.
    private static func checkSources(of next: Configuration) throws(ControlFailure) {
        guard !next.sources.isEmpty, !PublishedMessages.isBuiltIn else { return }
        throw ControlFailure(.precondition, PublishedMessages.sourceMend, hint: "nothing is changed")
    }

    private func apply(_ output: String?) async throws(ControlFailure) -> ReloadResponse {
        let new: Configuration
        do throws(ConfigurationError) {
            new = try await queue.run(load)
        } catch {
            throw ControlFailure(.precondition, "\(error)", hint: "nothing is changed; mend it and reload again")
        }
        var old = running
        // An operator may have set another one since.
        old.log.level = LogLevel(rawValue: log.level.level.rawValue) ?? old.log.level
        let plan = old.plan(toReload: new) { EventSourceConfiguration(url: $0).displayURL }
        let next = plan.next
        try Self.checkSources(of: next)
        let sources = consumed.prepare(next)
        do throws(ReloadError) {
            try await application.reload(
                next.settings, sources: sources.all,
                renewed: plan.renewedStreams, accepted: { [formats] in formats?.apply(next) })
        } catch {
            await consumed.discard(sources)
            throw ControlFailure(.unavailable, "\(error)", hint: "nothing is changed")
        }
        cluster?.leases.retain(Set(next.streams.map(\.name)))
        await consumed.take(sources)
        if next.deadLetterLimits != old.deadLetterLimits {
            store.limits = next.deadLetterLimits
            // Not waited for: a disk that hangs does not hold up a reload. What fails is done by the next commit.
            Task { [store] in try? await store.enforceLimits() }
        }
        let waiting = plan.changes.filter { !$0.isLive }
        state.withLock { $0 = State(running: next, needsRestart: waiting.map(\.key)) }
        return ReloadResponse(
            changed: plan.changes.filter(\.isLive).map(ReloadResponse.Change.init),
            needsRestart: waiting.map(ReloadResponse.Change.init), output: output)
    }
}

extension ReloadResponse {
    /// One line for the log.
    fileprivate var summary: String {
        guard !changed.isEmpty else { return "the configuration was reloaded: nothing to apply" }
        let more = changed.count > 50 ? " and \(changed.count - 50) more" : ""
        return "the configuration was reloaded: "
            + changed.prefix(50).map { "\($0.key) \($0.values)" }.joined(separator: ", ") + more
    }
}

extension ReloadResponse.Change {
    fileprivate init(_ change: ConfigurationChange) {
        self.init(key: change.key, before: change.before, after: change.after)
    }

    /// Such as `8 → 16`, `added` or `removed`.
    fileprivate var values: String {
        switch (before, after) {
        case (let before?, let after?): "\(before) → \(after)"
        case (nil, let after?): "set to \(after)"
        case (let before?, nil): "removed (\(before))"
        case (nil, nil): "changed"
        }
    }
}

extension LeaseMachine.Role {
    /// In the control API.
    fileprivate var word: String {
        switch self {
        case .holder: "holder"
        case .standby: "standby"
        case .doubtful: "doubtful"
        }
    }
}
