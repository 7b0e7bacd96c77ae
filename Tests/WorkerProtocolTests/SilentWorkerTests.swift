import Testing
import WorkerProtocol

@Suite("A worker that says nothing")
struct SilentWorkerTests {
    @Test(
        "is told how its program writes at once",
        arguments: [
            (["/usr/bin/python3.11", "/srv/score.py"], "flush=True"), (["/usr/bin/env", "python3", "x"], "python3 -u"),
            (["/usr/bin/mawk", "{print}"], "mawk -W interactive"), (["/usr/bin/jq", "-c", "."], "jq --unbuffered"),
            (["/bin/sed", "s/a/b/"], "sed -u"), (["/bin/grep", "x"], "grep --line-buffered"),
            (["/bin/sh", "-c", "exec mawk '{print}'"], "mawk -W interactive"),
        ])
    func known(command: [String], mend: String) {
        let words = "\(SilentWorker.fault(unreadBytes: 0, command: command))"
        #expect(words.hasPrefix("it read all of its stdin and answered nothing") && words.contains(mend))
        #expect(!words.contains("stdbuf"))
    }

    @Test("is told all ways when its program is not known")
    func unknown() {
        let words = "\(SilentWorker.fault(unreadBytes: 0, command: ["/srv/used-parsedly"]))"
        for mend in [
            "flush=True", "python3 -u", "mawk -W interactive", "jq --unbuffered", "sed -u", "grep --line-buffered",
            "stdbuf -oL",
        ] {
            #expect(words.contains(mend))
        }
    }

    @Test("has no buffer to blame when it has not read")
    func unread() {
        let words = "\(SilentWorker.fault(unreadBytes: 300, command: ["/usr/bin/python3"]))"
        #expect(words.contains("has not read 300 bytes") && !words.contains("flush=True"))
    }

    @Test("and has ended, is told to go on until its stdin ends")
    func ended() {
        #expect("\(ProtocolFault.endedEarly(answers: 0, unreadBytes: 10))".contains("before it had read"))
        #expect("\(ProtocolFault.endedEarly(answers: 1, unreadBytes: 0))".contains("after one answer"))
        #expect("\(ProtocolFault.endedEarly(answers: 0, unreadBytes: nil))".contains("mode = \"oneshot\""))
    }
}
