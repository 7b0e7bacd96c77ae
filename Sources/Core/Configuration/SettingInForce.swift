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
    /// Every option with its value: the streams first, then the others in the order of the reference.
    ///
    /// - Parameter displayURL: an address as it may be shown: without what is secret in its query.
    public func settingsInForce(displayURL: (String) -> String = { $0 }) -> [SettingInForce] {
        let ofStreams = streams.flatMap { stream in
            Settings.ofStream.map { setting in
                let (value, isDefault) = setting.inForce(stream)
                let isURL = setting.key == Options.Stream.url.key
                return SettingInForce(
                    key: "\(setting.key.of(stream: stream.name))",
                    value: isURL ? TOMLText.quoted(displayURL(stream.url)) : value, isDefault: isDefault)
            }
        }
        return ofStreams
            + Settings.ofAll.map { setting in
                let (value, isDefault) = setting.inForce(self)
                return SettingInForce(key: "\(setting.key)", value: value, isDefault: isDefault)
            }
    }
}
