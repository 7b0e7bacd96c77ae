import AsyncHTTPClient
import EventSource

/// The client's half of `scripts/flood`, which sets it beside what `curl` takes from the same server.
enum Flood {
    static func run(url: String, seconds: Double) async throws {
        let client = HTTPClient(configuration: .eventStreams)
        let source = EventSource(EventSourceConfiguration(url: url), client: client)
        let clock = ContinuousClock()
        var start = clock.now
        var (bytes, events, batches) = (0, 0, 0)
        updates: for await update in source {
            switch update {
            case .connecting: continue
            case .open: start = clock.now
            case .waiting(_, let error), .failed(let error):
                print(error)
                break updates
            case .batch(let batch):
                bytes += batch.bytes
                events += batch.events.count
                batches += 1
                if start.duration(to: clock.now) >= .seconds(seconds) { break updates }
            }
        }
        let elapsed = start.duration(to: clock.now) / .seconds(1)
        // Bytes a second first: the script reads it.
        print(
            "\(Int(Double(bytes) / elapsed)) bytes/s, \(Int(Double(events) / elapsed)) events/s,",
            "\(bytes / max(batches, 1)) bytes a batch")
        try await client.shutdown()
    }
}
