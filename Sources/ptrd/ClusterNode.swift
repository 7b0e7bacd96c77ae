import Cluster
import CoreMetrics
import Glibc
import Logging
import Pipeline
import PtrConfiguration
import Systemd

/// The daemon as one of several that take streams from one another.
final class ClusterNode: Sendable {
    typealias Problem = ApplicationStatus.Problem

    let leases: StreamLeases
    private let news: AsyncStream<(stream: String, news: LeaseNews)>
    private let told: AsyncStream<(stream: String, news: LeaseNews)>.Continuation

    /// - Parameters:
    ///   - secret: the state directory's, which tells it from all others.
    ///   - bucket: where the records are.
    init(_ configuration: Configuration, secret: [UInt8], bucket: any LeaseBucket) {
        let (node, directory) = Self.name(configuration, secret: secret)
        // What nobody reads in time is in the status all the same.
        let (news, told) = AsyncStream.makeStream(
            of: (stream: String, news: LeaseNews).self, bufferingPolicy: .bufferingNewest(4096))
        (self.news, self.told) = (news, told)
        leases = StreamLeases(
            LeaseMachine.Terms(
                me: LeaseRecord.Holder(node: node, directory: directory), lease: configuration.cluster.lease),
            in: bucket
        ) { told.yield(($0, $1)) }
    }

    /// What it is called, and what tells its state directory from all others.
    static func name(_ configuration: Configuration, secret: [UInt8]) -> (node: String, directory: String) {
        let directory = ShortHash(of: Array("directory".utf8), secret).hex
        return (configuration.cluster.node ?? "\(hostName)-\(directory.prefix(8))", directory)
    }

    private static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "node" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Brings to the log, and among the events, who holds what from now on.
    func report(to application: Application, _ logger: Logger) {
        Task { [news] in
            for await (stream, news) in news {
                let (id, level, text) = Self.words(for: news, of: stream)
                logger.log(level: level, "\(text)", metadata: id.metadata(["stream": "\(stream)"]))
                application.note(.stream, level, text, fields: ["stream": stream])
            }
        }
    }

    private static func words(for news: LeaseNews, of stream: String) -> (MessageID, Logger.Level, String) {
        switch news {
        case .taken(let epoch):
            (MessageID.leaseTaken, .notice, "stream \(stream) is read here from now on (epoch \(epoch))")
        case .regained(let epoch):
            (
                MessageID.leaseTaken, .notice,
                "stream \(stream) is still ours (epoch \(epoch)): nobody has taken it meanwhile"
            )
        case .doubted(let reason):
            (
                MessageID.leaseLost, .warning,
                """
                stream \(stream) could not be kept: nothing of it is published until it is known who holds it\
                \(reason.map { ": \($0)" } ?? "")
                """
            )
        case .lost(let holder, let epoch):
            (
                MessageID.leaseLost, .warning,
                "stream \(stream) was taken by \(holder ?? "another node, which has left") (epoch \(epoch)); it stands by here"
            )
        case .released(let epoch):
            (MessageID.leaseHandedOver, .notice, "stream \(stream) was given up (epoch \(epoch))")
        case .otherSource(let location):
            (
                MessageID.leaseTaken, .warning,
                "stream \(stream): its position is of \(location), and not used; the stream begins anew"
            )
        }
    }

    /// What is wrong at the moment.
    var problem: Problem? {
        let unknown = leases.statuses.compactMap { name, status in status.trouble.map { (name, $0) } }
        guard let (name, trouble) = unknown.min(by: { $0.0 < $1.0 }) else { return nil }
        let more = unknown.count > 1 ? " and \(unknown.count - 1) more" : ""
        return Problem(
            .holderUnknown, of: "cluster", "it is not known who holds stream \(name)\(more): \(trouble)")
    }

    /// Brings the metrics up to date.
    func measure(_ metrics: any MetricsFactory) {
        for (stream, status) in leases.statuses {
            let name = [("stream", stream)]
            Gauge(label: "ptrd_stream_lease_epoch", dimensions: name, factory: metrics).record(Double(status.epoch))
            Gauge(label: "ptrd_stream_lease_held", dimensions: name, factory: metrics)
                .record(status.role == .holder ? 1 : 0)
        }
    }
}
