import PtrConfiguration
import Testing

@Suite("The example that the documentation gives")
struct DesignExampleTests {
    static let example = """
        [stream.tweets-1]
        url = "http://127.0.0.1:4000/tweets/1"
        [flow]
        max_in_flight = 4096
        max_in_flight_bytes = "256MiB"
        drain_timeout = "25s"
        [scaling]                       # see rules/autoscaling.md
        min = 1
        max = 64
        workers_per_supervisor = 8
        [workers]
        max_attempts = 3
        timeout = "20s"
        kill_message = '{"message": panic}'
        [supervision]                   # restart budgets
        direct_supervisor = { restarts = 100, within = "1s" }
        main_supervisor = { restarts = 20, within = "10s" }
        application = { restarts = 5, within = "60s" }
        [handler]
        kind = "print"                  # or "exec"
        [handler.print]
        to = "stdout"                   # or "journal", or a file's path
        simulated_work = { min = "50ms", max = "500ms" }   # optional; normally distributed
        [state]
        directory = "/var/lib/ptrd"
        [control]
        socket = "/run/ptrd.sock"
        fault_injection = true
        [log]
        level = "info"
        """

    @Test("parses as it stands, indented or not")
    func parses() throws {
        let indented = Self.example.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
        for text in [Self.example, indented] {
            let configuration = try Configuration.parse(text, file: "ptrd.toml")
            var expected = Configuration(streams: [
                StreamConfiguration(name: "tweets-1", url: "http://127.0.0.1:4000/tweets/1")
            ])
            expected.handler.print.simulatedWork.min = .milliseconds(50)
            expected.handler.print.simulatedWork.max = .milliseconds(500)
            // Everything else in the example is the default.
            #expect(configuration == expected)
        }
    }
}
