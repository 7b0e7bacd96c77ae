import ArgumentParser

/// A feed server that misbehaves, to point a client at. It is not installed; the system tests have it in their own
/// process, and `scripts/rogue` runs ptrd against it.
@main
struct RogueFeed: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "RogueFeed",
        abstract: "Serves /SHAPE/NAME as event streams, and does at random what servers were seen to do.",
        discussion: """
            SHAPE is one of \(Shape.allCases.map(\.rawValue).joined(separator: ", ")); NAME is any name. /gone answers with \
            204, /loop with a redirect to itself.
            """)

    @Option(help: "What it does is drawn from this number.")
    var seed: UInt64 = 1

    @Option(help: "New events a second in each stream.")
    var rate: Double = 50

    @Flag(help: "Behaves as a feed should.")
    var good = false

    func run() async throws {
        let rogue = RogueManners(seed: seed)
        let server = RogueServer(seed: seed, manners: good ? GoodManners() : rogue)
        try await server.start(rate: rate)
        for door in Door.allCases { print("\(door): \(server.url("/", door))") }
        while true {
            try await Task.sleep(for: .seconds(10))
            print("\(server.accepted) connections, \(server.open) open", terminator: "")
            for (what, times) in rogue.done.sorted(by: { $0.key < $1.key }) {
                print(", \(times) \(what)", terminator: "")
            }
            print()
        }
    }
}
