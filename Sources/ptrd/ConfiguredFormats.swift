import CoreMetrics
import Handlers
import Logging
import ProgramKit
import PtrConfiguration
import Supervision

/// What is printed of messages, as the configuration has it.
struct ConfiguredFormats: Sendable {
    let formats: PrintFormats
    private let wallTime: @Sendable (Duration) -> Int64

    /// - Parameter runtime: what the tree reads its time from.
    init(
        _ configuration: Configuration, runtime: SupervisionRuntime, metrics: any MetricsFactory, logger: Logger
    ) {
        wallTime = { UTCTime.microsecondsSince1970() - Int64((runtime.now - $0) / .microseconds(1)) }
        let (standard, own) = Self.lines(configuration, wallTime)
        let misses = Counter(label: "ptrd_print_paths_missing_total", factory: metrics)
        formats = PrintFormats(standard, own: own, streams: configuration.streams.map(\.name)) { format, stream in
            Self.watch(format, stream.map { "stream.\($0).format" } ?? "handler.print.format", misses, logger)
        }
    }

    /// From now on there are those of another configuration.
    func apply(_ configuration: Configuration) {
        let (standard, own) = Self.lines(configuration, wallTime)
        formats.replace(standard, own: own, streams: configuration.streams.map(\.name))
    }

    private static func lines(
        _ configuration: Configuration, _ wallTime: @escaping @Sendable (Duration) -> Int64
    ) -> (standard: LineFormat, own: [String: LineFormat]) {
        func line(_ format: PrintFormat) -> LineFormat {
            switch format {
            case .template(let template): LineFormat(template, wallTime: wallTime)
            case .ndjson: .events(wallTime: wallTime)
            case .cloudEvents: .cloudEvents(wallTime: wallTime)
            }
        }
        let own = configuration.streams.compactMap { stream in stream.format.map { (stream.name, line($0)) } }
        return (
            configuration.handler.print.format.map(line) ?? .rawData, Dictionary(own, uniquingKeysWith: { $1 })
        )
    }

    private static func watch(
        _ format: LineFormat, _ key: String, _ misses: Counter, _ logger: Logger
    ) -> FormatWatch? {
        FormatWatch(format, key: key, onMiss: { misses.increment(by: Int64($0)) }) { event in
            switch event {
            case .findsNothing(let complaint): logger.warning("\(complaint)")
            case .findsAgain: logger.notice("\(key) finds something again")
            case .neverFound(let paths):
                logger.warning(
                    """
                    of \(key) never found so far: \(paths.joined(separator: ", ")), in \(FormatWatch.patience) messages \
                    that have its other paths
                    """)
            }
        }
    }
}
