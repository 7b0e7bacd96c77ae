/// The options of the configuration but those of its streams and sources, in the order of the manual. Each property is a table of the files; what an
/// option is stands in its declaration.
package struct ConfigurationOptions: OptionGroup {
    // Those are named whose defaults follow from what this type has, and those they follow from.
    package let flow: FlowOptions = FlowOptions()
    package let scaling: ScalingOptions = ScalingOptions()
    package let workers: WorkersOptions = WorkersOptions()
    package let breaker = BreakerOptions()
    package let supervision = SupervisionOptions()
    package let handler: HandlerOptions = HandlerOptions()
    package let nats = NATSOptions()
    package let cluster = ClusterOptions()
    package let state: StateOptions = StateOptions()
    package let control = ControlOptions()
    package let metrics = MetricsOptions()
    package let log = LogOptions()
}

package typealias DaemonOption<Value: Sendable & Equatable> = ConfigurationOption<Configuration, Value>

let week = hours(7 * 24)

func minutes(_ count: Int) -> Duration { .seconds(60 * count) }

func hours(_ count: Int) -> Duration { .seconds(3600 * count) }

/// Every option there is.
enum Options {
    static let ofStream: [any AnyOption<StreamConfiguration>] = list(StreamConfiguration.declarations)
    static let ofAll: [any AnyOption<Configuration>] = list(Configuration.declarations)
    static let ofSource: [any AnyOption<SourceConfiguration>] = list(SourceConfiguration.declarations)
    static let all = ofStream as [any AnyOption] + ofAll as [any AnyOption] + ofSource as [any AnyOption]

    /// Those of a group, in the order of their declarations.
    private static func list<Owner: OptionOwner>(_ group: any OptionGroup) -> [any AnyOption<Owner>] {
        Mirror(reflecting: group).children.flatMap { child -> [any AnyOption<Owner>] in
            switch child.value {
            case let option as any AnyOption<Owner>: [option]
            case let group as any OptionGroup: list(group)
            default: preconditionFailure("\(child.label ?? "") is neither an option nor a group of some")
            }
        }
    }
}

extension Configuration {
    /// Whether there is an option of this key, or a table of such: `stream.*.idle_timeout`. For who writes configurations.
    package static func declares(_ key: OptionKey) -> Bool {
        Options.all.contains { $0.key.components.starts(with: key.components) }
    }
}
