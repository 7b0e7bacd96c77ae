// What is right, but perhaps not what is meant.
extension Configuration {
    /// What an operator should know at a start.
    ///
    /// - Parameter memory: how many bytes this process and its workers can have together; nil: that is not known.
    package func warnings(memory: Int?) -> [String] {
        let ofStreams = [memory.flatMap(largestEventsWarning)].compactMap { $0 }
        guard self.handler.kind == .exec else { return ofStreams }
        let workers = self.scaling.max * self.scaling.workersPerSupervisor
        return ofStreams
            + [memory.flatMap { memoryWarning(workers, within: $0) }, windowWarning(workers)].compactMap { $0 }
    }

    /// What the files set though it is not used. They may have it for another day, so that is only said when somebody asks.
    package var unusedTables: [String] {
        let unusedFormats = streams.filter { $0.format != nil }
        if self.handler.kind == .exec, let first = unusedFormats.first {
            let more = unusedFormats.count > 1 ? " and of \(unusedFormats.count - 1) more" : ""
            return unusedTable + ["the format of stream \(first.name)\(more) is not used: handler.kind is \"exec\""]
        }
        return unusedTable
    }

    private var unusedTable: [String] {
        let unused: OptionKey = self.handler.kind == .exec ? "handler.print" : "handler.exec"
        guard values.keys.contains(where: { $0.components.starts(with: unused.components) }) else { return [] }
        return ["[\(unused)] is not used: handler.kind is \"\(self.handler.kind.rawValue)\""]
    }

    /// Who has not set the window gets one that all streams' largest events have room in.
    private func largestEventsWarning(within memory: Int) -> String? {
        let largest = self.flow.maxInFlightBytes
        guard largest > memory, streams.count > 1, values[Self.declarations.flow.maxInFlightBytes.key] == nil else {
            return nil
        }
        return """
            the \(streams.count) streams' max_event_bytes come to \(SizeText.format(largest)), more than the \
            \(memory >> 20) MiB of memory there are, and so much may be in flight: lower max_event_bytes, of all in \
            [stream_defaults]
            """
    }

    /// So much a small Python program takes; node takes the double.
    private static let leastOfWorker = 4 << 20

    private func memoryWarning(_ workers: Int, within memory: Int) -> String? {
        let exec = self.handler.exec
        let (each, why) =
            exec.memoryMax.map { ($0, "handler.exec.memory_max") } ?? exec.limits.data.map {
                ($0, "handler.exec.limits.data")
            } ?? (Self.leastOfWorker, "the least of an interpreter")
        let (sum, overflows) = workers.multipliedReportingOverflow(by: each)
        guard overflows || sum > memory else { return nil }
        return """
            \(workers) workers (scaling.max × scaling.workers_per_supervisor) of \(SizeText.format(each)) (\(why)) come to more \
            than the \(memory >> 20) MiB of memory there are: lower scaling.max
            """
    }

    private func windowWarning(_ workers: Int) -> String? {
        let (exec, most) = (self.handler.exec, self.flow.maxInFlight)
        let inHand = exec.prefetch * exec.batch.max
        // One message each there is always room for: that is checked.
        guard inHand > 1, inHand * workers > most else { return nil }
        return """
            \(workers) workers that have up to \(inHand) messages in hand could hold \(inHand * workers), more than \
            flow.max_in_flight (\(most)): \(max(most / inHand, 1)) of them may hold all there are
            """
    }
}
