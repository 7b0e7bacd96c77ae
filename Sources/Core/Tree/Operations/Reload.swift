import Flow
import Ledger

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

/// Other settings and other streams, while messages flow.
package struct Reload: Sendable {
    private let topology: Topology
    private var kernel: ErrorKernel { topology.kernel }

    package init(_ topology: Topology) {
        self.topology = topology
    }

    /// Carries out what a plan says that is made from what there is.
    ///
    /// - Parameter accepted: is called when nothing can refuse it any more, and before anything has changed.
    package func reload(
        _ settings: ApplicationSettings, sources: [any Source], renewed: Set<String>,
        accepted: @escaping @Sendable () -> Void
    ) async throws(ReloadError) -> ReloadPlan {
        try await topology.commands.perform { [self] () throws(ReloadError) in
            guard !kernel.flow.isDraining else { throw .stopping }
            // From before the checkpoints are read until they have been used: a stream that is about to leave comes back from its
            // place, where the newest is known, and one that had left before is stored.
            kernel.intake.beginChange()
            defer { kernel.intake.endChange() }
            let plan = plan(settings, sources, renewed)
            let checkpoints = try await checkpoints(for: plan)
            topology.logger.debug("reload: \(plan)")
            accepted()
            await carryOut(plan, sources, checkpoints)
            return plan
        }
    }

    /// What is to be done, from what there is at this moment.
    private func plan(_ settings: ApplicationSettings, _ sources: [any Source], _ renewed: Set<String>) -> ReloadPlan {
        let present = kernel.sources.present
        let identities = Dictionary(
            kernel.intake.places.map { ($0.name, $0.source) }, uniquingKeysWith: { $1 })
        let wanted = sources.map { source in
            ReloadPlan.Wanted(
                name: source.name, continues: present[source.name].map(source.continues) ?? false,
                isRenewed: renewed.contains(source.name)
                    || identities[source.name] != kernel.ledger.withLock { $0.hash(source: source.identity) })
        }
        return ReloadPlan(
            from: kernel.live.current.settings, to: settings, present: Set(identities.keys), wanted: wanted)
    }

    private func checkpoints(for plan: ReloadPlan) async throws(ReloadError) -> [Checkpoint] {
        guard plan.hasNew else { return [] }
        do {
            return try await topology.stateWriter.checkpoints()
        } catch {
            throw .stateUnreadable(error)
        }
    }

    private func carryOut(_ plan: ReloadPlan, _ sources: [any Source], _ checkpoints: [Checkpoint]) async {
        let named = Dictionary(sources.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        let places = Dictionary(kernel.intake.places.map { ($0.name, $0.place) }, uniquingKeysWith: { $1 })
        kernel.apply(plan.settings)
        divide(sources)
        _ = kernel.sources.replace(
            with: sources, replaced: Set(plan.steps.filter { $0.action == .replace }.map(\.stream)))
        for step in plan.steps {
            if step.stops {
                // The source is told nothing any more, and its receiver is stopped and removed.
                await kernel.sources.end(of: step.stream, runtime: kernel.runtime)
                await topology.streams.remove(.stream(step.stream))
                if named[step.stream] != nil { kernel.sources.endFormer(of: step.stream) }
            }
            guard let source = named[step.stream] else {
                if let place = places[step.stream] { kernel.intake.retire(place) }
                continue
            }
            let recipient = kernel.sources.begin(source)
            let stream: StreamName
            switch (step.action, places[step.stream]) {
            case (.replace, let place?):
                stream = kernel.intake.replace(
                    place, with: source, recipient: recipient, at: kernel.runtime.elapsed)
            case (.renew, let place?):
                kernel.intake.renew(place, as: source, recipient: recipient, at: kernel.runtime.elapsed)
                stream = StreamName(name: source.name, index: place)
            case (.begin, _), (.remove, _), (.replace, nil), (.renew, nil):
                stream = kernel.intake.begin(
                    source, after: Recovery(topology).usable(checkpoints, for: source), recipient: recipient,
                    at: kernel.runtime.elapsed)
            }
            // The window must have a part for it before it brings something. Their order can wait for the last of them.
            kernel.intake.divide(kernel.live.current.settings.ledgerLimits)
            await topology.streams.add(.receiver(of: stream, from: source, to: kernel))
        }
        divide(sources)
        kernel.pool.dealNotify.notify()
    }

    /// Divides the window among the streams that there are, and puts them in their order.
    private func divide(_ sources: [any Source]) {
        kernel.intake.divide(kernel.live.current.settings.ledgerLimits, order: sources.map(\.name))
    }
}
