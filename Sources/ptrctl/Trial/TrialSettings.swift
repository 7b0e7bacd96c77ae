import EventSource
import PtrConfiguration
import Templates

/// What is tried, and how.
struct TrialSettings: Sendable {
    /// The stream as ptrd would have it: that of the configuration, or one made of the command line.
    var stream: StreamConfiguration
    /// How it is connected.
    var source: EventSourceConfiguration
    /// How its server is reached.
    var route = EventStreamRoute()
    /// Whether it stands in the configuration already.
    var isConfigured = false
    /// What is printed of a message.
    var format: Template?
    /// What decides whether a message is worked on; nil: all are.
    var filter: TrialFilter?
    /// Files with secrets that were named on the command line: the bearer token's, and by header.
    var bearerFile: String?
    var headerFiles: [(name: String, path: String)] = []
    /// How many events are shown.
    var shown = 5
    /// Whether it ends with the last event that is shown; otherwise it is watched a little longer, for the rate.
    var endsWithShown = false
    /// How long it may take in all.
    var limit = Duration.seconds(30)

    /// How long it is watched from its first event on.
    static let watch = Duration.seconds(2)
    /// So many events are looked into for what their data has.
    static let surveyed = 20
}
