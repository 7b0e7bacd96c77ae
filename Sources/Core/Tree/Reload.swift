/// Why a tree did not take other settings; nothing was changed.
public enum ReloadError: Error, Sendable, CustomStringConvertible {
    /// It is stopping.
    case stopping
    /// Where added streams go on could not be read.
    case stateUnreadable(any Error)

    /// In words, for people.
    public var description: String {
        switch self {
        case .stopping: "ptrd is stopping"
        case .stateUnreadable(let error): "the checkpoints of added streams cannot be read: \(error)"
        }
    }
}

extension Application {
    /// Goes on by other settings, and with other streams, without losing a message.
    ///
    /// What a removed stream brought is worked on, and its checkpoint stays stored: if it is added again, it goes on there.
    /// A stream that begins anew is stopped and started in its place, after the last id that was admitted. One of the same
    /// name that does not continue the old one (``Source/continues(_:)``) is another stream, and starts without an id.
    ///
    /// - Parameters:
    ///   - settings: taken over but for what is fixed at the start: the size of a direct supervisor, the restart budgets, the
    ///     interval of the store.
    ///   - sources: all streams that there are to be, in their order; their names are unique.
    ///   - renewed: the names of those that are to begin anew because something else about them has changed.
    /// - Throws: ``ReloadError``; then nothing has changed.
    public func reload(
        _ settings: ApplicationSettings, sources: [any Source], renewed: Set<String> = []
    ) async throws(ReloadError) {
        try await commands.perform { [self] () -> Result<Void, ReloadError> in
            do throws(ReloadError) {
                return .success(try await change(to: settings, sources, renewed))
            } catch {
                return .failure(error)
            }
        }.get()
    }

    private func change(
        to settings: ApplicationSettings, _ sources: [any Source], _ renewed: Set<String>
    ) async throws(ReloadError) {
        guard !flow.isDraining else { throw .stopping }
        // From before the checkpoints are read until they have been used: a stream that is about to leave comes back from its
        // place, where the newest is known, and one that had left before is stored.
        intake.beginChange()
        defer { intake.endChange() }
        let before = Dictionary(
            intake.places.map { ($0.name, (source: $0.source, place: $0.place)) }, uniquingKeysWith: { $1 })
        var checkpoints: [Checkpoint] = []
        if sources.contains(where: { before[$0.name] == nil }) {
            do {
                checkpoints = try await stateWriter.checkpoints()
            } catch {
                throw .stateUnreadable(error)
            }
        }
        apply(settings)
        intake.divide(live.current.settings.ledgerLimits, order: sources.map(\.name))
        let names = Set(sources.map(\.name))
        for (name, stream) in before.sorted(by: { $0.key < $1.key }) where !names.contains(name) {
            await stop(name)
            intake.retire(stream.place)
        }
        let former = self.sources.withLock { present in
            defer { present = Dictionary(sources.map { ($0.name, $0) }, uniquingKeysWith: { $1 }) }
            return present
        }
        for source in sources {
            let stream: StreamName
            let recipient: UInt64
            let isContinued = former[source.name].map(source.continues) ?? false
            switch before[source.name] {
            case nil:
                recipient = recipients.begin(source)
                stream = intake.begin(
                    source, after: usable(checkpoints, for: source), recipient: recipient, at: runtime.elapsed)
            case let old? where !isContinued:
                await stop(source.name)
                recipient = recipients.begin(source)
                stream = intake.replace(old.place, with: source, recipient: recipient, at: runtime.elapsed)
            case let old?
            where renewed.contains(source.name) || old.source != ledger.withLock { $0.hash(source: source.identity) }:
                await stop(source.name)
                recipient = recipients.begin(source)
                intake.renew(old.place, as: source, recipient: recipient)
                stream = StreamName(name: source.name, index: old.place)
            case .some: continue
            }
            // The window must have a part for it before it brings something.
            intake.divide(live.current.settings.ledgerLimits, order: sources.map(\.name))
            await streams.add(.receiver(of: stream, from: source, to: intake, recipient: recipient, runtime: runtime))
        }
        intake.divide(live.current.settings.ledgerLimits, order: sources.map(\.name))
        pool.dealNotify.notify()
    }

    /// A stream's source is told nothing any more, and its receiver is stopped and removed.
    private func stop(_ name: String) async {
        await recipients.end(of: name, runtime: runtime)
        await streams.remove(.stream(name))
    }

    /// Takes over all settings that are not fixed at the start.
    private func apply(_ new: ApplicationSettings) {
        var settings = live.current.settings
        settings.maxInFlight = new.maxInFlight
        settings.maxInFlightBytes = new.maxInFlightBytes
        settings.maxSpan = new.maxSpan
        settings.maxEventBytes = new.maxEventBytes
        settings.maxAttempts = new.maxAttempts
        settings.initialBackoff = new.initialBackoff
        settings.maximumBackoff = new.maximumBackoff
        settings.longestAskedBackoff = new.longestAskedBackoff
        settings.balance = new.balance
        settings.workerTimeout = new.workerTimeout
        settings.killMessage = new.killMessage
        settings.breaker = new.breaker
        let workersPerSupervisor = settings.scaling.workersPerSupervisor
        settings.scaling = new.scaling
        settings.scaling.workersPerSupervisor = workersPerSupervisor
        live.replace(with: settings)
        ledger.withLock { ledger in
            ledger.breaker.apply(settings.breaker)
            ledger.outage.longestAsked = settings.longestAskedBackoff
            ledger.killMessage = live.current.killMessage
        }
        flowNotify.notify()
    }
}
