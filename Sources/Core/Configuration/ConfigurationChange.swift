/// One key that has another value in another configuration.
public struct ConfigurationChange: Sendable, Equatable {
    /// The key, such as `scaling.max`; of a stream that came or went, `stream.NAME`.
    public let key: String
    /// The value before, as a file would have it; `nil` where there was none. Headers are not shown.
    public let before: String?
    /// The value after, as a file would have it; `nil` where there is none.
    public let after: String?
    /// Whether a running daemon takes it over. If not, it takes effect at the next start.
    public let isLive: Bool
}

extension Configuration {
    /// What differs in another configuration: the streams first, then the options in the order of the reference.
    ///
    /// - Parameter displayURL: an address as it may be shown: without what is secret in its query.
    public func changes(
        to new: Configuration, displayURL: (String) -> String = { $0 }
    ) -> [ConfigurationChange] {
        func shown(_ stream: StreamConfiguration) -> String { TOMLText.quoted(displayURL(stream.url)) }
        var changes: [ConfigurationChange] = []
        for stream in streams where !new.streams.contains(where: { $0.name == stream.name }) {
            let key = OptionKey(["stream", stream.name])
            changes.append(ConfigurationChange(key: "\(key)", before: shown(stream), after: nil, isLive: true))
        }
        for stream in new.streams {
            guard let old = streams.first(where: { $0.name == stream.name }) else {
                let key = OptionKey(["stream", stream.name])
                changes.append(ConfigurationChange(key: "\(key)", before: nil, after: shown(stream), isLive: true))
                continue
            }
            for setting in Settings.ofStream {
                guard var (before, after) = setting.difference(old, stream) else { continue }
                if setting.key == Options.Stream.url.key { (before, after) = (shown(old), shown(stream)) }
                changes.append(
                    ConfigurationChange(
                        key: "\(setting.key.of(stream: stream.name))", before: before, after: after,
                        isLive: setting.effect == .live))
            }
        }
        for setting in Settings.ofAll {
            guard let (before, after) = setting.difference(self, new) else { continue }
            changes.append(
                ConfigurationChange(
                    key: "\(setting.key)", before: before, after: after,
                    isLive: setting.effect == .live && !(isSize(setting.key) && !hasSameUnit(as: new))))
        }
        return changes
    }

    /// This configuration after a reload of another one: what is fixed at the start stays as it is.
    public func applying(_ new: Configuration) -> Configuration {
        var result = new
        if !hasSameUnit(as: new) {
            (result.scaling.min, result.scaling.max) = (scaling.min, scaling.max)
            result.scaling.workersPerSupervisor = scaling.workersPerSupervisor
        }
        result.workers.maxAbandoned = workers.maxAbandoned
        result.supervision = supervision
        result.handler = handler
        (result.state.directory, result.state.onDamage) = (state.directory, state.onDamage)
        result.control.socket = control.socket
        result.control.adminGroup = control.adminGroup
        result.metrics = metrics
        return result
    }

    /// Sizes of the pool count direct supervisors. They say nothing about another size of those, so both wait for the start.
    private func hasSameUnit(as new: Configuration) -> Bool {
        scaling.workersPerSupervisor == new.scaling.workersPerSupervisor
    }

    private func isSize(_ key: OptionKey) -> Bool {
        key == Options.Scaling.min.key || key == Options.Scaling.max.key
    }
}
