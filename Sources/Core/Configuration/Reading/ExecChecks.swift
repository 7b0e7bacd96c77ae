// The rules between the options of `[handler.exec]`, and between them and others.
extension CrossChecks {
    private var exec: Section<Configuration, ExecOptions> { configuration.handler.exec }
    private var ofExec: ExecOptions { options.handler.exec }

    mutating func checkExec() {
        let kind = options.handler.kind.key
        guard configuration.handler.kind == .exec else {
            // Who writes the other kind on purpose may keep the table for later; who writes none has forgotten it.
            if root[kind] == nil, let node = root["handler.exec"], !node.entries.isEmpty {
                problems.add(
                    "nothing is executed, since handler.kind is \"print\"",
                    mend: "add kind = \"exec\" below [handler], or remove [handler.exec]", key: "handler.exec",
                    at: node.origin)
            }
            return
        }
        if exec.command.isEmpty, root[ofExec.command.key] == nil {
            report(
                "\"exec\" needs a command",
                mend: "add [handler.exec] and below it command = [\"/usr/bin/python3\", \"/srv/score.py\"]", at: [kind])
        }
        switch exec.mode {
        case .oneshot: checkOneshot()
        case .resident: checkResident()
        }
    }

    /// One message, one process, and its exit status is the answer.
    private mutating func checkOneshot() {
        let mode = ofExec.mode.key
        for option in Options.ofAll where Self.residents.contains(option.key) && !option.isDefault(in: configuration) {
            report(
                "\(option.key) means nothing with \(mode) = \"oneshot\": a process gets one message, and its exit status answers",
                mend: "remove it, or write mode = \"resident\"", at: [option.key])
        }
    }

    /// What only a process has that lives on.
    private static let residents: Set<OptionKey> = {
        let exec = Configuration.declarations.handler.exec
        return [
            exec.framing.key, exec.ready.key, exec.replyDescriptor.key, exec.prefetch.key, exec.batch.max.key,
            exec.batch.within.key, exec.batch.timeout.key, exec.heartbeat.key, exec.recycle.messages.key,
            exec.recycle.after.key,
        ]
    }()

    private mutating func checkResident() {
        let (exec, flow, batch) = (self.exec, configuration.flow, ofExec.batch)
        if exec.heartbeat != nil, exec.ready == .spawn {
            report(
                "\(ofExec.heartbeat.key) is heeded only of a process that says \"heartbeat\":true when it is ready",
                mend: "add ready = \"line\" and let it print {\"ready\":1,\"heartbeat\":true}, or remove the heartbeat",
                at: [ofExec.ready.key, ofExec.heartbeat.key])
        }
        if let longest = exec.maxTime, longest < configuration.workers.timeout {
            report(
                """
                \(ofExec.maxTime.key) (\(DurationText.format(longest))) is below workers.timeout \
                (\(DurationText.format(configuration.workers.timeout))), which it is to stretch
                """,
                mend: "raise the one or lower the other", at: [options.workers.timeout.key, ofExec.maxTime.key])
        }
        for (option, isSet) in [
            (batch.within.key, exec.batch.within > .zero), (batch.timeout.key, exec.batch.timeout != nil),
        ] where isSet && exec.batch.max == 1 {
            report(
                "\(option) means nothing while \(batch.max.key) is 1", mend: "raise batch.max, or remove it",
                at: [batch.max.key, option])
        }
        let inHand = exec.prefetch * exec.batch.max
        if inHand > flow.maxInFlight {
            report(
                """
                \(ofExec.prefetch.key) × \(batch.max.key) (\(exec.prefetch) × \(exec.batch.max) = \(inHand)) is above \
                flow.max_in_flight (\(flow.maxInFlight)): one worker could never have what it asks for
                """,
                mend: "lower one of the first two or raise the last",
                at: [options.flow.maxInFlight.key, batch.max.key, ofExec.prefetch.key])
        }
        if exec.batch.max > 1, exec.batch.maxBytes > flow.maxInFlightBytes {
            report(
                """
                \(batch.maxBytes.key) (\(SizeText.format(exec.batch.maxBytes))) is above flow.max_in_flight_bytes \
                (\(SizeText.format(flow.maxInFlightBytes)))
                """,
                mend: "lower the one or raise the other", at: [options.flow.maxInFlightBytes.key, batch.maxBytes.key])
        }
    }
}
