import Glibc
import Testing

@testable import Launching

@Suite("What a process uses")
struct ProcessUsageTests {
    @Test("is read of a line whose name may hold anything")
    func line() throws {
        let line =
            "7 (a ) b (9 9) S 1 7 7 0 -1 4194304 100 0 0 0 250 50 9 9 20 0 1 0 500 1000000 25 18446744073709551615 1"
        let usage = try #require(ProcessUsage(stat: Array(line.utf8)))
        #expect(usage.resident == 25 * sysconf(Int32(_SC_PAGESIZE)))
        #expect(usage.cpuTime == .seconds(3))
        #expect(usage.parent == 1 && !usage.isStopped)
        let stopped = line.replacing(") S ", with: ") T ")
        #expect(try #require(ProcessUsage(stat: Array(stopped.utf8))).isStopped)
    }

    @Test("is nothing of what is no such line", arguments: ["", "7", "7 (a", "7 (a) S 1 2"])
    func rubbish(text: String) {
        #expect(ProcessUsage(stat: Array(text.utf8)) == nil)
    }

    @Test("is asked of the living", .timeLimit(.minutes(1)))
    func living() async throws {
        try await withLauncher { launcher in
            let code = "x = b'1' * (50 << 20)\nprint(flush=True)\ninput()"
            let child = try await launcher.start(["/usr/bin/python3", "-c", code])
            await child.recorder.wait { !$0.output.isEmpty }
            #expect(try #require(child.process.usage()).resident > 50 << 20)
            #expect(child.process.spawnTime > .zero && child.process.spawnTime < .seconds(10))
            child.process.write(.init(string: "\n"))
            #expect(await child.process.exit.maxResident > 50 << 20)
        }
    }
}
