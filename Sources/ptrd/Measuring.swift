import ControlAPI
import CoreMetrics
import Glibc
import Locking
import Pipeline
import PrometheusMetrics

/// What the daemon measures, and how it is told.
struct Measuring {
    let metrics = PrometheusMetrics(
        descriptions: PipelineMetrics.descriptions.merging([
            "ptrd_print_paths_missing_total":
                "Messages of which none of the paths in handler.print.format was found.",
            "ptrd_stream_lease_epoch": "How often a stream was taken by one node or another, as far as this one knows.",
            "ptrd_stream_lease_held": "1 while this node holds a stream, else 0.",
            PublishedMessages.latency:
                "From a hand of messages to the broker's connection until all of it was stored.",
            "ptrd_build_info": "1; the version of ptrd is in a label.",
            "process_resident_memory_bytes": "Resident memory, in bytes.",
            "process_cpu_seconds_total": "Processor time of the process, in user and system mode.",
            "process_start_time_seconds": "When the process began, in seconds since 1970.",
            "process_open_fds": "Open file descriptors.",
        ]) { $1 })
    private let cpu: FloatingPointCounter
    private let counted = ProcessorTime()

    init() {
        cpu = FloatingPointCounter(label: "process_cpu_seconds_total", factory: metrics)
        gauge("ptrd_build_info", [("version", Version.current)]).record(1)
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        gauge("process_start_time_seconds").record(Double(now.tv_sec))
    }

    /// The metrics as they are, in Prometheus's text format.
    func exposition() -> String {
        cpu.increment(by: counted.sinceLastCall())
        if let pages = Self.residentPages {
            gauge("process_resident_memory_bytes").record(pages * sysconf(Int32(_SC_PAGESIZE)))
        }
        if let descriptors = Self.openDescriptors { gauge("process_open_fds").record(descriptors) }
        return metrics.text()
    }

    private func gauge(_ label: String, _ dimensions: [(String, String)] = []) -> Gauge {
        Gauge(label: label, dimensions: dimensions, factory: metrics)
    }

    /// The second number of /proc/self/statm (proc(5)).
    private static var residentPages: Int? {
        guard let file = fopen("/proc/self/statm", "re") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, Int32(line.count), file) != nil else { return nil }
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let words = text.split(separator: " ")
        return words.count > 1 ? Int(words[1]) : nil
    }

    private static var openDescriptors: Int? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // Beside `.` and `..`, the one that this looks with.
        return max(0, count - 3)
    }
}

/// The processor time of the process, told in parts.
private final class ProcessorTime: Sendable {
    private let told = Locked(0.0)

    /// Seconds.
    func sinceLastCall() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        let now = Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        return told.withLock { told in
            defer { told = now }
            return now - told
        }
    }
}
