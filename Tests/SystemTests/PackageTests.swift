import ControlAPI
import Foundation
import Testing

/// The package of this version, if it has been built.
private let package: String? = {
    let folder = Program.project.appending(path: ".build/deb").path
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return files.first { $0.hasPrefix("ptrd_\(Version.current)_") && $0.hasSuffix(".deb") }.map { "\(folder)/\($0)" }
}()

@Suite(
    "The Debian package", .serialized, .timeLimit(.minutes(5)),
    .enabled(if: BootedSystem.isAvailable, "needs root and systemd-container"),
    .enabled(if: package != nil, "needs the package: make deb"))
struct PackageTests {
    private func section(_ title: String, of lines: [String]) -> [String] { BootedSystem.section(title, of: lines) }

    /// Installs the package in a system that has none of the toolchain, and configures it.
    private static let installation = """
        # Whatever works from here on works without Swift.
        mount -t tmpfs -o mode=755 none /opt
        # Images of containers forbid packages to start and stop services.
        rm -f /usr/sbin/policy-rc.d
        dpkg --install \(package ?? "") >/tmp/dpkg.log 2>&1 || { cat /tmp/dpkg.log >&2; exit 1; }

        """

    private static let configure = """
        cat >/etc/ptrd/ptrd.d/feed.toml <<'TOML'
        \(BootedSystem.configuration)
        TOML

        """

    @Test("installs, waits to be configured, starts, and is ready when its socket answers")
    func install() async throws {
        let lines = try await BootedSystem.run(
            Self.installation + """
                echo "== installed"
                systemctl is-enabled ptrd || true
                systemctl is-active ptrd || true
                ptrd --check-config 2>&1 || echo "ptrd $?"
                echo "== judged"
                systemd-analyze verify --man=no ptrd.service ptrd.socket 2>&1
                echo "== started"

                """ + Self.configure + """
                    useradd --no-create-home --groups ptrd-ctl op
                    systemd-run --quiet --unit=feed ptrfeed serve --rate 500 --kill-every 50 --count 100
                    systemctl enable --now ptrd 2>/dev/null
                    runuser -u op -- ptrctl status >/dev/null && echo answered
                    systemctl is-enabled ptrd
                    until_true sh -c 'ptrctl status --json | jq -e ".messages | .received == 100 and .in_flight == 0"'
                    journalctl --sync
                    journalctl --unit=ptrd --output=cat | grep -cE '^15[0-9]{17}$'
                    echo "== explained"
                    journalctl --no-pager --catalog --unit=ptrd --output=short
                    echo "== completed"
                    ls /usr/share/bash-completion/completions/ptrctl /usr/share/zsh/vendor-completions/_ptrctl \\
                        /usr/share/fish/vendor_completions.d/ptrctl.fish
                    echo "== watched"
                    ls /usr/share/ptrd/prometheus
                    """)
        let installed = section("installed", of: lines)
        #expect(installed.prefix(2) == ["disabled", "inactive"])
        #expect(installed.last == "ptrd 78" && installed.contains { $0.contains("no stream is configured") })
        #expect(section("judged", of: lines) == [])
        #expect(section("started", of: lines) == ["answered", "enabled", "98"])
        #expect(section("explained", of: lines).contains { $0.hasSuffix("Subject: ptrd is ready") })
        #expect(section("completed", of: lines).count == 3)
        #expect(section("watched", of: lines) == ["ptrd.rules.yml"])
    }

    @Test("an upgrade restarts it and keeps state and configuration; removal stops it; purging takes all away")
    func lifecycle() async throws {
        let lines = try await BootedSystem.run(
            Self.installation + Self.configure + """
                echo '# ours' >>/etc/ptrd/ptrd.toml
                systemctl enable --now ptrd 2>/dev/null
                before=$(property MainPID)
                dpkg-deb --raw-extract \(package ?? "") /tmp/next
                sed -i 's/^Version: .*/&+next/' /tmp/next/DEBIAN/control
                dpkg-deb -Znone --build /tmp/next /tmp/next.deb >/dev/null
                echo "== upgraded"
                dpkg --install /tmp/next.deb >/tmp/dpkg.log 2>&1 || cat /tmp/dpkg.log
                [ "$(property MainPID)" != "$before" ] && echo "another process"
                ptrctl status >/dev/null && echo answered
                tail -n 1 /etc/ptrd/ptrd.toml
                ls /var/lib/ptrd/ptrd.sqlite /etc/ptrd/ptrd.d
                systemctl is-enabled ptrd
                echo "== removed"
                dpkg --remove ptrd >/dev/null 2>&1
                systemctl is-active ptrd ptrd.socket || true
                ls /run/ptrd.sock /usr/bin/ptrd 2>/dev/null || true
                ls /var/lib/ptrd/ptrd.sqlite /etc/ptrd/ptrd.toml
                echo "== purged"
                rm /etc/ptrd/ptrd.d/feed.toml
                dpkg --purge ptrd >/dev/null 2>&1
                ls -d /var/lib/ptrd /var/log/ptrd /etc/ptrd 2>/dev/null || true
                journalctl --list-catalog e35b26e4fbce49ffa25c2acf494d6227 2>/dev/null | grep ptrd || true
                find /etc /lib /run /usr /var -xdev -name '*ptrd*' -path '*systemd*' -not -path '/var/log/journal/*' \\
                    -not -path '\(Program.project.path)/*' 2>/dev/null || true
                """)
        #expect(
            section("upgraded", of: lines) == [
                "another process", "answered", "# ours", "/var/lib/ptrd/ptrd.sqlite", "", "/etc/ptrd/ptrd.d:",
                "feed.toml", "enabled",
            ])
        #expect(
            section("removed", of: lines) == [
                "inactive", "inactive", "/etc/ptrd/ptrd.toml", "/var/lib/ptrd/ptrd.sqlite",
            ])
        #expect(section("purged", of: lines) == [])
    }

    @Test("has programs that need nothing of the machine they were built on")
    func contents() async throws {
        let lines = try await BootedSystem.run(
            Self.installation + """
                echo "== libraries"
                ldd /usr/bin/ptrd /usr/bin/ptrctl /usr/bin/ptrfeed | grep -vE '/lib/x86_64|/lib64/|linux-vdso|^/usr/bin/' || true
                echo "== paths"
                for file in $(dpkg --listfiles ptrd); do
                    [ ! -f "$file" ] || grep -lF \(Program.buildFolders.map { "-e '\($0)'" }.joined(separator: " ")) "$file" || true
                done
                """)
        #expect(section("libraries", of: lines) == [])
        #expect(section("paths", of: lines) == [])
    }
}
