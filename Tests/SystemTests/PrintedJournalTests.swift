import Foundation
import Testing

/// How long messages are printed at 2,000 a second.
private let seconds = ProcessInfo.processInfo.environment["PTR_JOURNAL_SECONDS"].flatMap { Int($0) }

@Suite(
    "Messages printed to the journal", .serialized, .timeLimit(.minutes(10)),
    .enabled(if: BootedSystem.isAvailable, "needs root and systemd-container"))
struct PrintedJournalTests {
    private func section(_ title: String, of lines: [String]) -> [String] { BootedSystem.section(title, of: lines) }

    @Test("at 2,000 a second are all there, each once, whatever journald's limit and though it is restarted meanwhile")
    func complete() async throws {
        let count = 2000 * (seconds ?? 5)
        let lines = try await BootedSystem.run(
            BootedSystem.installation + """
                # Of any other unit it takes few.
                mkdir -p /etc/systemd/journald.conf.d
                printf '[Journal]\\nRateLimitIntervalSec=30s\\nRateLimitBurst=100\\n' >/etc/systemd/journald.conf.d/few.conf
                systemctl restart systemd-journald
                systemd-run --quiet --unit=others seq 1000000 1000999
                systemd-run --quiet --unit=feed ptrfeed serve --ids --rate 2000 --kill-every 0 --count \(count)
                systemctl start ptrd
                until_true messages '.processed > \(count / 3)'
                systemctl restart systemd-journald
                until_true messages '.received >= \(count / 2)'
                until_true messages '.received == \(count) and .in_flight == 0'
                ptrctl status
                journalctl --sync
                echo "== others"
                # journald allows more where the disk is large, but not ten times as much.
                [ "$(journalctl --unit=others --output=cat | grep -c '^1000')" -lt 1000 ] && echo limited
                echo "== printed"
                journalctl --unit=ptrd --output=cat --output-fields=PTRD_SEQUENCE PTRD_STREAM=tweets-1 \\
                    + PTRD_STREAM=tweets-2 | grep -E '^[0-9]+$' | sort --numeric-sort >/tmp/sequences
                wc -l </tmp/sequences
                # None is missing and none comes twice if the Nth is N.
                awk '$1 != NR { print "the " NR ". is " $1; exit }' /tmp/sequences
                echo "== sized"
                journalctl --disk-usage
                """)
        #expect(section("others", of: lines) == ["limited"])
        #expect(section("printed", of: lines) == ["\(count)"])
        guard seconds != nil else { return }
        print(lines.joined(separator: "\n"))
    }

    @Test("are found by stream, sequence, the server's id and worker")
    func fields() async throws {
        let lines = try await BootedSystem.run(
            BootedSystem.installation + #"""
                systemd-run --quiet --unit=feed ptrfeed serve --ids --rate 1000 --kill-every 0 --count 100
                systemctl start ptrd
                until_true messages '.received == 100 and .in_flight == 0'
                journalctl --sync
                printed() { journalctl --unit=ptrd --output=cat "$@" | grep -E '^15[0-9]{17}$' || true; }
                echo "== stream"
                printed PTRD_STREAM=tweets-1 | wc -l
                printed PTRD_STREAM=tweets-1 | cut -c -5 | uniq
                echo "== id"
                printed PTRD_STREAM=tweets-2 PTRD_EVENT_ID=7
                echo "== sequence"
                for sequence in $(seq 100); do printed "PTRD_SEQUENCE=$sequence"; done | sort -u | wc -l
                echo "== worker"
                for worker in $(seq 8); do printed "PTRD_WORKER=worker.1.$worker"; done | sort -u | wc -l
                """#)
        #expect(section("stream", of: lines) == ["50", "15001"])
        #expect(section("id", of: lines) == ["1500200000000000007"])
        #expect(section("sequence", of: lines) == ["100"])
        #expect(section("worker", of: lines) == ["100"])
    }
}
