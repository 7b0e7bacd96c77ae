import Testing

@Suite(
    "A clock that jumps", .serialized, .timeLimit(.minutes(5)),
    .enabled(if: BootedSystem.isAvailable, "needs root and systemd-container"))
struct ClockJumpTests {
    private func section(_ title: String, of lines: [String]) -> [String] { BootedSystem.section(title, of: lines) }

    /// The time of day that ptrd sees is off by the seconds in a file; the clocks that only go forward are as they are.
    ///
    /// Not libfaketime: it moves the deadlines of monotonic timers too, which no kernel does.
    private static let clock = """
        cat >/tmp/clock.c <<'C'
        #define _GNU_SOURCE
        #include <fcntl.h>
        #include <stdlib.h>
        #include <sys/syscall.h>
        #include <sys/time.h>
        #include <time.h>
        #include <unistd.h>
        static long offset(void) {
            static int file = -1;
            char text[32] = "";
            if (file < 0) file = open("/run/clock", O_RDONLY | O_CLOEXEC);
            return pread(file, text, sizeof text - 1, 0) < 0 ? 0 : atol(text);
        }
        int clock_gettime(clockid_t clock, struct timespec *time) {
            int result = syscall(SYS_clock_gettime, clock, time);
            if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) time->tv_sec += offset();
            return result;
        }
        int gettimeofday(struct timeval *time, void *zone) {
            int result = syscall(SYS_gettimeofday, time, zone);
            if (result == 0) time->tv_sec += offset();
            return result;
        }
        time_t time(time_t *result) {
            struct timespec now;
            clock_gettime(CLOCK_REALTIME, &now);
            if (result) *result = now.tv_sec;
            return now.tv_sec;
        }
        C
        c++ -x c -shared -fPIC -o /usr/lib/clock.so /tmp/clock.c
        # In place, since ptrd has the file open.
        set_clock() { printf '%-10d' "$1" 1<>/run/clock; }
        set_clock 0
        printf '[Service]\\nEnvironment=LD_PRELOAD=/usr/lib/clock.so\\n' >/etc/systemd/system/ptrd.service.d/clock.conf
        systemctl daemon-reload
        # Works on, restarts what crashes, connects again what was down; says what is odd about its figures.
        look() {
            until_true messages ".processed > $(($(messages .processed) + 200))"
            ptrctl crash worker >/dev/null
            systemctl restart feed
            until_true messages ".processed > $(($(messages .processed) + 200))"
            ptrctl events --json | tail -n 1 | jq --raw-output '.time[:10]' >/tmp/day
            [ "$(cat /tmp/day)" = "$(date --utc --date "$1" +%F)" ] || echo "ptrd says it is $(cat /tmp/day)"
            for what in status tree workers "explain scale" "explain crash"; do
                # shellcheck disable=SC2086 # words
                ptrctl $what --json | jq --raw-output --arg what "$what" 'paths(numbers) as $path
                    | select(getpath($path) < 0) | "\\($what): \\($path | join(".")) is \\(getpath($path))"'
            done
            # An hour, where a day would show.
            ptrctl status --json | jq --raw-output 'select(.latency_ms.max > 3.6e6 or .uptime_seconds > 3600)
                | "latency \\(.latency_ms), up \\(.uptime_seconds) s"'
        }

        """

    @Test("by a day forth and two back moves nothing: work, backoff, latency and the pool go by another one")
    func jumps() async throws {
        let lines = try await BootedSystem.run(
            BootedSystem.installation + Self.clock + """
                printf '[Service]\\nExecStart=/usr/bin/ptrfeed serve --ids --rate 1000 --kill-every 0\\n' \\
                    >/run/systemd/system/feed.service
                systemctl daemon-reload
                systemctl start feed ptrd
                echo "== odd"
                look today
                set_clock 86400
                look tomorrow
                set_clock -86400
                look yesterday
                echo "== timers"
                # On no clock that can be set: CLOCK_REALTIME is 0.
                sed -n 's/^clockid: //p' "/proc/$(property MainPID)/fdinfo/"* | sort -u
                echo "== well"
                ptrctl status >/dev/null && echo running
                ptrctl status --json | jq '.workers.restarts, .messages.dead_lettered'
                systemctl stop feed
                until_true messages '.in_flight == 0'
                systemctl stop ptrd
                property Result
                echo "== warned"
                journalctl --output=cat --priority=warning _SYSTEMD_UNIT=ptrd.service
                """)
        #expect(section("odd", of: lines) == [])
        let timers = section("timers", of: lines)
        #expect(!timers.isEmpty && !timers.contains("0"))
        #expect(section("well", of: lines) == ["running", "3", "0", "success"])
        #expect(section("warned", of: lines) == [])
    }
}
