/// One key that has another value in another configuration.
public struct ConfigurationChange: Sendable, Equatable {
    /// The key, such as `scaling.max`; of a stream or source that came or went, `stream.NAME`.
    public let key: String
    /// The value before, as a file would have it; `nil` where there was none. Headers are not shown.
    public let before: String?
    /// The value after, as a file would have it; `nil` where there is none.
    public let after: String?
    /// Whether a running daemon takes it over. If not, it takes effect at the next start.
    public let isLive: Bool
}

/// What a reload of another configuration does, as a value: nothing is done yet.
public struct ConfigurationReload: Sendable, Equatable {
    /// What the daemon lives by afterwards: the other configuration, but for what is fixed at the start.
    public let next: Configuration
    /// What differs in the other one, whether it is applied or waits for the next start.
    public let changes: [ConfigurationChange]
    /// The streams that go on with other options of their own. Another option of all is none of their receivers'.
    public let renewedStreams: Set<String>
}

/// One option with the value that a configuration gives it.
public struct SettingInForce: Sendable, Equatable {
    /// The full key, such as `scaling.max`.
    public let key: String
    /// The value, as a file would have it; `nil` where there is none. Headers are not shown.
    public let value: String?
    /// Whether it is the built-in default.
    public let isDefault: Bool
}

extension Configuration {
    /// What differs in another configuration: the streams first, then the options in the order of the manual.
    ///
    /// - Parameter displayURL: an address as it may be shown: without what is secret in its query.
    public func changes(
        to new: Configuration, displayURL: (String) -> String = { $0 }
    ) -> [ConfigurationChange] {
        func change(_ stream: StreamConfiguration, isNew: Bool) -> ConfigurationChange {
            let (key, url) = (OptionKey(["stream", stream.name]), TOMLText.quoted(displayURL(stream.url)))
            return ConfigurationChange(
                key: "\(key)", before: isNew ? nil : url, after: isNew ? url : nil, isLive: true)
        }
        let (before, after) = (named, new.named)
        let (sourcesBefore, sourcesAfter) = (namedSources, new.namedSources)
        let gone = streams.filter { after[$0.name] == nil }
        return gone.map { change($0, isNew: false) }
            + new.streams.flatMap { stream in
                before[stream.name].map {
                    $0.changes(of: Options.ofStream, to: stream) { $0.shown(displayURL) }
                } ?? [change(stream, isNew: true)]
            } + sources.filter { sourcesAfter[$0.name] == nil }.map { $0.change(isNew: false) }
            + new.sources.flatMap { source in
                sourcesBefore[source.name].map { $0.changes(of: Options.ofSource, to: source) }
                    ?? [source.change(isNew: true)]
            } + changes(of: Options.ofAll, to: new)
    }

    /// The streams by their names.
    private var named: [String: StreamConfiguration] {
        Dictionary(streams.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    private var namedSources: [String: SourceConfiguration] {
        Dictionary(sources.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// What a reload of another configuration does.
    ///
    /// - Parameter displayURL: an address as it may be shown: without what is secret in its query.
    public func plan(toReload new: Configuration, displayURL: (String) -> String = { $0 }) -> ConfigurationReload {
        let next = applying(new)
        let before = named
        let renewed = next.streams.filter { stream in before[stream.name]?.needsNewReceiver(for: stream) ?? false }
        return ConfigurationReload(
            next: next, changes: changes(to: new, displayURL: displayURL), renewedStreams: Set(renewed.map(\.name)))
    }

    /// This configuration after a reload of another one: what is fixed at the start stays as it is.
    public func applying(_ new: Configuration) -> Configuration {
        var result = new
        for option in Options.ofAll where !isLive(option, among: Options.ofAll, to: new) {
            result.values[option.key] = values[option.key]
        }
        return result
    }

    /// Every option with its value: the streams first, then the others in the order of the manual.
    ///
    /// - Parameter displayURL: an address as it may be shown: without what is secret in its query.
    public func settingsInForce(displayURL: (String) -> String = { $0 }) -> [SettingInForce] {
        streams.flatMap { $0.settings(of: Options.ofStream) { $0.shown(displayURL) } }
            + sources.flatMap { $0.settings(of: Options.ofSource) } + settings(of: Options.ofAll)
    }
}

extension SourceConfiguration {
    /// That it came, or went.
    fileprivate func change(isNew: Bool) -> ConfigurationChange {
        let what = TOMLText.quoted("\(self.stream ?? "")/\(self.consumer ?? "")")
        return ConfigurationChange(
            key: "\(OptionKey(["source", name]))", before: isNew ? nil : what, after: isNew ? what : nil, isLive: true)
    }
}

extension StreamConfiguration {
    /// Whether other options are some that its receiver begins with.
    fileprivate func needsNewReceiver(for new: StreamConfiguration) -> Bool {
        Options.ofStream.contains { !StreamOptions.keysBeyondTheReceiver.contains($0.key) && $0.differs(self, new) }
    }

    /// The stream as it may be shown.
    fileprivate func shown(_ displayURL: (String) -> String) -> StreamConfiguration {
        var stream = self
        stream.url = displayURL(stream.url)
        return stream
    }
}

extension OptionOwner {
    fileprivate func changes(
        of options: [any AnyOption<Self>], to new: Self, shown: (Self) -> Self = { $0 }
    ) -> [ConfigurationChange] {
        let changed = options.filter { $0.differs(self, new) }
        guard !changed.isEmpty else { return [] }
        let (before, after) = (shown(self), shown(new))
        return changed.map { option in
            ConfigurationChange(
                key: "\(key(of: option.key))", before: option.text(in: before), after: option.text(in: after),
                isLive: isLive(option, among: options, to: new))
        }
    }

    /// Whether a running daemon takes the option over from another configuration.
    fileprivate func isLive(
        _ option: any AnyOption<Self>, among options: [any AnyOption<Self>], to new: Self
    ) -> Bool {
        switch option.effect {
        case .live: true
        case .liveUnlessChanged(let keys): !options.contains { keys.contains($0.key) && $0.differs(self, new) }
        case .nextStart: false
        }
    }

    fileprivate func settings(
        of options: [any AnyOption<Self>], shown: (Self) -> Self = { $0 }
    ) -> [SettingInForce] {
        let asShown = shown(self)
        return options.map {
            SettingInForce(
                key: "\(key(of: $0.key))", value: $0.text(in: asShown), isDefault: $0.isDefault(in: self))
        }
    }
}
