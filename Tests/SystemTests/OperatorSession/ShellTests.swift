import Foundation
import Testing

@Suite("A shell completes what an operator types", .timeLimit(.minutes(2)))
struct ShellTests {
    /// What a real bash, with the script that ptrctl writes for it, offers for the last of the words. Names that the daemon
    /// knows may come too late on a busy machine: then there are none, and it is asked again.
    private func bash(_ live: LiveDaemon, _ words: String...) async throws -> [String] {
        let script = """
            # As in a shell that somebody types into; there the script's functions are read with it.
            shopt -s extglob
            PATH=\(Program.products.path):$PATH
            eval "$(ptrctl --generate-completion-script bash)"
            COMP_WORDS=(ptrctl "$@")
            COMP_CWORD=$#
            COMP_LINE="ptrctl $*"
            COMP_POINT=${#COMP_LINE}
            for _ in $(seq 50); do
                COMPREPLY=()
                _ptrctl ptrctl "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
                [ ${#COMPREPLY[@]} -eq 0 ] || break
            done
            printf '%s\\n' "${COMPREPLY[@]}"
            """
        let outcome = try await Program(
            executable: URL(filePath: "/bin/bash"), ["-c", script, "bash"] + words,
            environment: ["PTRD_SOCKET": live.scene.socket]
        ).outcome
        #expect(outcome.status == 0 && outcome.err.isEmpty, "\(outcome.err)")
        return outcome.lines
    }

    @Test("verbs, options and words, and the names that the live daemon knows")
    func completions() async throws {
        let live = try await LiveDaemon()
        try await live.isAtWork()
        #expect(try await bash(live, "dr") == ["drain"])
        #expect(try await bash(live, "crash", "flow") == ["flow-manager"])
        #expect(try await bash(live, "wait", "sc") == ["scaled"])
        #expect(try await bash(live, "pause", "tw") == ["tweets-1", "tweets-2"])
        #expect(try await bash(live, "resume", "tweets-2") == ["tweets-2"])
        #expect(try await bash(live, "dead-letters", "list", "--stream", "") == ["tweets-1", "tweets-2"])
        let workers = try await bash(live, "crash", "worker", "worker.1.")
        #expect(Set(workers).isSuperset(of: ["worker.1.1", "worker.1.8"]), "\(workers)")
        #expect(try await bash(live, "crash", "direct-supervisor", "").contains("direct_supervisor.1"))
        #expect(try await bash(live, "crash", "receiver", "tweets-1") == ["tweets-1"])
        let crashes = try await bash(live, "explain", "crash", "")
        #expect(!crashes.isEmpty && crashes.allSatisfy { Int($0) != nil }, "\(crashes)")
        #expect(try await bash(live, "dead-letters", "show", "").contains("1"))
        try await live.stop()
    }

    @Test("other shells get theirs from the same place", arguments: ["zsh", "fish"])
    func others(shell: String) async throws {
        let live = try await LiveDaemon()
        let script = try await live.ptrctl("--generate-completion-script", shell)
        #expect(script.status == 0 && script.out.contains("---completion"))
        // What those scripts ask.
        var names: [String] = []
        for _ in 0..<50 where names.isEmpty {
            names = try await Program(
                "ptrctl",
                [
                    "---completion", "pause", "--", "positional@0", "4", "1", "ptrctl", "pause", "--socket",
                    live.scene.socket, "t",
                ], environment: ["SAP_SHELL": shell]
            ).outcome.lines
        }
        // zsh is told the end of the list by a blank line.
        #expect(names.filter { $0.hasPrefix("tw") }.map { $0.prefix(8) } == ["tweets-1", "tweets-2"])
        try await live.stop()
    }
}
