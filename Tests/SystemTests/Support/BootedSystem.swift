import Foundation
import Testing

/// A real systemd, booted for one script and thrown away after it.
enum BootedSystem {
    /// Whether one can be booted here.
    static let isAvailable =
        getuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/bin/systemd-nspawn")

    /// The two streams of a feed at its usual place, printed to the journal; more can be added after it.
    static let configuration = """
        [stream.tweets-1]
        url = "http://127.0.0.1:4000/tweets/1"
        reconnect = { initial = "100ms", max = "200ms" }
        [stream.tweets-2]
        url = "http://127.0.0.1:4000/tweets/2"
        reconnect = { initial = "100ms", max = "200ms" }
        [handler.print]
        to = "journal"
        format = "{message.tweet.id_str}"
        """

    /// Installs the programs and units of this build, with ``configuration``.
    ///
    /// The programs of a debug build have their Swift runtime in the toolchain, from where the unit does not let them
    /// execute anything; the installed ones carry it. What a ptrd of this machine left is not there.
    static let installation = """
        rm -rf /var/lib/ptrd /run/ptrd /etc/ptrd /etc/systemd/system/ptrd.*
        install -m 755 \(Program.products.path)/ptrd \(Program.products.path)/ptrctl \(Program.products.path)/ptrfeed /usr/bin/
        install -m 644 \(Program.project.path)/packaging/systemd/ptrd.service /etc/systemd/system/
        install -m 644 \(Program.project.path)/packaging/systemd/ptrd.socket /etc/systemd/system/
        install -D -m 644 \(Program.project.path)/packaging/systemd/ptrd.catalog /usr/lib/systemd/catalog/ptrd.catalog
        install -D -m 644 -t /usr/share/doc/ptrd/examples \(Program.project.path)/packaging/systemd/examples/*.{conf,toml}
        journalctl --update-catalog
        systemd-sysusers \(Program.project.path)/packaging/systemd/ptrd.sysusers
        mkdir -p /etc/systemd/system/ptrd.service.d /etc/ptrd
        {
            echo '[Service]'
            ldd /usr/bin/ptrd | sed -n 's|.* => \\(/.*/swift/.*\\)/[^/]*\\.so .*|ExecPaths=\\1|p' | sort -u
        } >/etc/systemd/system/ptrd.service.d/toolchain.conf
        cat >/etc/ptrd/ptrd.toml <<'TOML'
        \(configuration)
        TOML
        systemctl daemon-reload

        """

    /// Functions that scripts use.
    private static let prologue = #"""
        set -eu
        # Tries COMMAND until it succeeds, for a minute at most.
        until_true() {
            for _ in $(seq 600); do
                if "$@" >/dev/null 2>&1; then return 0; fi
                sleep 0.1
            done
            echo "never true: $*" >&2
            journalctl --no-pager --lines=40 >&2
            return 1
        }
        property() { systemctl show --property="$1" --value "${2:-ptrd.service}"; }
        is() { [ "$(property "$1")" = "$2" ]; }
        # The entries of the journal that the catalog explains under NAME.
        entries() {
            local id
            id=$(sed -n "/^# $1\$/{n;s/^-- //p}" /usr/lib/systemd/catalog/ptrd.catalog)
            journalctl --output=cat "MESSAGE_ID=${id:?}"
        }
        is_logged() { [ -n "$(entries "$1")" ]; }
        # Whether something holds for the messages in `ptrctl status`, such as ".received == 100 and .in_flight == 0".
        messages() { ptrctl status --json | jq --exit-status ".messages | $1"; }

        """#

    /// Boots, runs a script of bash, and returns what it printed. A script that fails is an issue.
    static func run(_ script: String) async throws -> [String] {
        let scene = try Scene()
        let path = scene.folder.appending(path: "script").path
        try (prologue + script + "\n").write(toFile: path, atomically: true, encoding: .utf8)
        let program = try Program(
            executable: Program.project.appending(path: "scripts/with-systemd"), ["bash", path])
        let status = await program.status
        let (output, errors) = (await program.output.toTheEnd, await program.errors.toTheEnd)
        #expect(status == 0, "\((output + errors).joined(separator: "\n"))")
        return output
    }

    /// The lines that a script printed after `== title`, up to the next title.
    static func section(_ title: String, of lines: [String]) -> [String] {
        guard let start = lines.firstIndex(of: "== \(title)") else { return [] }
        return Array(lines[(start + 1)...].prefix { !$0.hasPrefix("== ") })
    }
}
