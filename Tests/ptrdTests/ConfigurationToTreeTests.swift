import Pipeline
import Testing

@testable import PtrConfiguration
@testable import ptrd

@Suite("Where the values of options go")
struct ConfigurationToTreeTests {
    private static let ofTree = Options.ofAll.filter {
        ["flow", "scaling", "workers", "breaker", "supervision"].contains($0.key.components[0])
    }

    /// What the daemon itself lives by.
    private static let others: Set<OptionKey> = ["flow.drain_timeout", "workers.max_abandoned"]

    @Test("each option of the tree changes what the tree is made of", arguments: ofTree.map(\.key))
    func arrives(key: OptionKey) throws {
        let option = try #require(Self.ofTree.first { $0.key == key } as? any Varied)
        var configuration = Configuration()
        #expect(option.vary(&configuration), "give it another value below")
        let isNews = String(reflecting: configuration.settings) != String(reflecting: Configuration().settings)
        #expect(isNews != Self.others.contains(key))
    }

    @Test("the tree's own defaults are the configuration's")
    func defaults() {
        #expect(String(reflecting: Configuration().settings) == String(reflecting: ApplicationSettings()))
    }

    @Test("words that two floors have are the same", arguments: DealingOrder.allCases)
    func balance(order: DealingOrder) {
        var configuration = Configuration()
        configuration.workers.balance = order
        #expect(configuration.settings.balance?.rawValue == order.rawValue)
    }

    @Test("each level of the log is one of the log's", arguments: LogLevel.allCases)
    func level(level: LogLevel) {
        #expect(level.level.rawValue == level.rawValue)
    }
}

/// An option that can be given a value which is the default of none.
private protocol Varied {
    /// False: there is none here of its type.
    func vary(_ configuration: inout Configuration) -> Bool
}

extension ConfigurationOption: Varied where Owner == Configuration {
    fileprivate func vary(_ configuration: inout Configuration) -> Bool {
        let values: [any Sendable] = [7, 0.25, false, Duration.seconds(7), "x", DealingOrder.leastLoaded]
        guard let value = values.lazy.compactMap({ $0 as? Value }).first else { return false }
        configuration[self] = value
        return true
    }
}
