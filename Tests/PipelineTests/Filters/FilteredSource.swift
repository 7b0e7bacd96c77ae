import NIOCore
import Templates

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

/// Another source, with a filter.
struct FilteredSource: Source {
    let source: any Source
    let filter: EventFilter?

    init(_ source: any Source, _ filter: EventFilter?) {
        self.source = source
        self.filter = filter
    }

    /// - Parameter condition: the filter's.
    init(_ source: any Source, _ condition: String) throws {
        self.init(source, EventFilter(condition: try Filter(condition)))
    }

    var name: String { source.name }
    var location: String { source.location }
    var identity: [UInt8] { source.identity }
    var fullIdentity: [UInt8] { source.fullIdentity }
    var positions: PositionPolicy { source.positions }
    var wantsNotices: Bool { source.wantsNotices }

    func settled(_ notices: [SettlementNotice]) { source.settled(notices) }

    func run(_ intake: StreamIntake) async throws { try await source.run(intake) }
}
