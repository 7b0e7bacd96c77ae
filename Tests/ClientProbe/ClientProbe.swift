import EventSource

#if canImport(Glibc)
@preconcurrency import Glibc
#elseif canImport(Musl)
@preconcurrency import Musl
#else
@preconcurrency import Darwin
#endif

/// Puts the public client to its limits in a process of its own, whose memory nothing else disturbs. It is not
/// installed; `scripts/flood` and the tests run it.
@main
enum ClientProbe {
    static let usage = """
        usage: ClientProbe flood URL SECONDS     read a stream for a while, print the rate
               ClientProbe endure CASE SIZE      meet a hostile server, print what became of it and of the memory

        CASE is line-fail, line-skip or line-truncate (a line of SIZE MiB), event-fail, event-skip or event-truncate
        (an event of SIZE MiB in small lines), gzip-bomb (SIZE MiB), or resets (SIZE of them).
        """

    static func main() async throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        if arguments.count == 3, arguments[0] == "flood", let seconds = Double(arguments[2]), seconds > 0 {
            try await Flood.run(url: arguments[1], seconds: seconds)
        } else if arguments.count == 3, arguments[0] == "endure", let trial = Endurance(name: arguments[1]),
            let size = Int(arguments[2]), size > 0
        {
            print(try await trial.run(size: size))
        } else {
            fputs(usage + "\n", stderr)
            exit(64)
        }
    }
}
