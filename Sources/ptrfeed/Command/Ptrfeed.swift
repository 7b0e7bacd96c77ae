import ArgumentParser
import Feeds
import ProgramKit
import ProgramStart
import UnixSignals

/// The program.
@main
struct Ptrfeed: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ptrfeed",
        abstract: "A feed server: endless tweets as server-sent events, for demos, tests and load.",
        version: "ptrfeed \(Version.current)",
        subcommands: [Serve.self])

    static func main() async { await start(ProgramArguments.current, failure: 1) }
}

/// `ptrfeed serve`.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve two streams of tweets over HTTP, or what a public feed is like.",
        discussion: """
            GET /tweets/1 and /tweets/2 are the streams, GET /emotion_values is a list of words and the strength of \
            their feeling, and GET / is a help in JSON.

            Without --ids the clients of one stream share it: each event goes to one of them. A stream moves on only \
            when an event has really been written, so a client that connects again misses nothing that had not left \
            the server. A stream that nobody reads stands still.

            With --ids each connection has a place of its own: Last-Event-ID: N resumes after event N, no header \
            starts from the first event. What has been sent before comes as fast as the client takes it, the rest at \
            the set rate.

            At SIGUSR1 both streams end with what they have sent, as after --count, and it says how much that was.

            Every tweet's id is 1500 S PPPPPPPPPPPPPP: its stream, 1 or 2, and its position in it, from 1, in \
            fourteen digits.

            With --like it is a server in the manner of a public feed, with made-up content: it asks of a request what \
            that feed asks, has its kinds of events, and resumes, or does not, as that feed does. What is secret there \
            is "demo" here.
            """)

    @Option(
        help: ArgumentHelp(
            "Where to listen; port 0 takes any that is free. (default: 127.0.0.1:4000)", valueName: "host:port"),
        transform: ListenOption.init)
    var listen = ListenOption.standard

    @Option(
        help: ArgumentHelp(
            "Events a second over both streams: N, or MIN..MAX to swing between the two. (default: 100..1000)",
            valueName: "rate"),
        transform: RateOption.parse)
    var rate: RateRange?

    @Option(
        help: ArgumentHelp(
            "The time from one minimum of the rate to the next, such as 500ms, 30s or 5m. (default: 30s)",
            valueName: "duration"),
        transform: DurationOption.parse)
    var period: Double?

    @Option(help: ArgumentHelp("Make every N-th message a kill message; 0 for none. (default: 50)", valueName: "n"))
    var killEvery: Int?

    @Option(
        help: ArgumentHelp(
            "End after N events in total, kill messages included; stream 1 gets the odd one. (default: no end)",
            valueName: "n"))
    var count: Int?

    @Option(help: ArgumentHelp("The same seed gives the same tweets.", valueName: "number"))
    var seed: UInt64 = 1

    @Flag(help: "Give each event its position as id, in the standard's framing, and resume by Last-Event-ID.")
    var ids = false

    @Option(
        help: ArgumentHelp(
            "Send the events of a recorded stream, byte for byte, on both streams: once through, or --count of them.",
            valueName: "path"))
    var file: String?

    @Flag(help: "Send as fast as the clients take it. The texts of tweets repeat, their ids do not.")
    var flood = false

    @Flag(help: "Close each connection after the last event in place of holding it open.")
    var end = false

    @Option(
        help: ArgumentHelp(
            "Be like a public feed: \(FeedName.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "feed"))
    var like: FeedName?

    @Option(
        help: ArgumentHelp(
            "With --like: end each stream after so long. (default: as the feed does, if it does)", valueName: "duration"
        ),
        transform: DurationOption.parse)
    var lifetime: Double?

    func validate() throws {
        if let like {
            let others = [
                ("--kill-every", killEvery != nil), ("--ids", ids), ("--file", file != nil), ("--flood", flood),
                ("--end", end),
            ]
            if let other = others.first(where: \.1)?.0 {
                throw ValidationError("--like \(like.rawValue) sends what that feed sends: leave out \(other).")
            }
        } else if lifetime != nil {
            throw ValidationError("--lifetime is for the servers of --like: leave it out, or say which.")
        }
        if let killEvery, killEvery < 0 {
            throw ValidationError(
                "--kill-every \(killEvery) is negative: choose 0 for no kill messages, or every how many one is due.")
        }
        if let count, !(1...2 * TweetID.lastPosition).contains(count) {
            throw ValidationError(
                "--count \(count) is out of bounds: choose at least 1, or leave it out for a feed without end.")
        }
        if flood, rate != nil || period != nil {
            throw ValidationError("--flood has no rate: leave out --rate and --period, or --flood.")
        }
        if file != nil, ids {
            throw ValidationError("--file sends the capture's own ids, if it has any, unchanged: leave out --ids.")
        }
        if file != nil, killEvery != nil {
            throw ValidationError(
                "--file sends the capture unchanged, without kill messages of ours: leave out --kill-every.")
        }
    }

    /// The configuration the options stand for. Reads the capture.
    func feedConfiguration() throws -> FeedConfiguration {
        var configuration = FeedConfiguration()
        configuration.host = listen.host
        configuration.port = listen.port
        configuration.rate = flood ? nil : rate ?? configuration.rate
        configuration.period = period ?? configuration.period
        configuration.killEvery = killEvery ?? configuration.killEvery
        configuration.count = count
        configuration.seed = seed
        configuration.hasIDs = ids
        configuration.capture = try file.map(CaptureFile.read)
        configuration.closesAtEnd = end
        return configuration
    }

    func run() async throws {
        if let like { return try await serve(like) }
        let configuration = try feedConfiguration()
        // Before the socket exists, so that no signal finds the default action, which would not be a clean end.
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sigusr1)
        let server = try await FeedServer.start(configuration, log: .standardError)
        FeedLog.standardError(
            "serving \(server.url("/tweets/1")) and \(server.url("/tweets/2")): \(configuration.summary)")
        for await signal in signals {
            guard signal == .sigusr1 else { break }
            let events = try await server.end()
            FeedLog.standardError("no more events: /tweets/1 had \(events[0]), /tweets/2 had \(events[1])")
        }
        await server.stop()
    }

    private func serve(_ like: FeedName) async throws {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        let feed = try await LikenessFeed.start(
            like, listen: listen, rate: rate ?? LikenessFeed.usualRate, period: period, count: count, seed: seed,
            lifetime: lifetime)
        FeedLog.standardError(feed.summary)
        for await _ in signals { break }
        await feed.stop()
    }
}

extension FeedName: ExpressibleByArgument {}
