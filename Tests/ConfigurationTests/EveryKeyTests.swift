import Foundation
import Testing

@testable import PtrConfiguration

@Suite("Each key that there is")
struct EveryKeyTests {
    /// A value that is not the default, as a file has it; for a stream, as of the stream `a`.
    private static let values: [String: String] = [
        "stream.*.url": #""https://example.com/other""#, "stream.*.idle_timeout": #""5m""#,
        "stream.*.connect_timeout": #""5s""#, "stream.*.response_timeout": #""1m""#, "stream.*.down_after": #""2m""#,
        "stream.*.max_event_bytes": #""64KiB""#, "stream.*.reconnect.initial": #""1s""#,
        "stream.*.reconnect.max": #""2m""#, "stream.*.reconnect.server_max": #""2h""#,
        "stream.*.on_refusal": #""stop""#, "stream.*.retry_server_errors": "false",
        "stream.*.headers": #"{ Accept-Language = "en" }"#, "stream.*.bearer_credential": #""token""#,
        "stream.*.initial_event_id": #""42""#, "stream.*.max_id_bytes": #""1KiB""#,
        "stream.*.position_ignores_query": #"["token"]"#, "stream.*.format": #""ndjson""#,
        "stream.*.compression": "true", "stream.*.end.data": #""[DONE]""#, "stream.*.end.event": #""message_stop""#,
        "stream.*.end.then": #""reconnect""#,
        "stream.*.tls.ca": #""/etc/ssl/own.pem""#, "stream.*.tls.client_certificate_credential": #""certificate""#,
        "stream.*.tls.client_key_credential": #""key""#, "stream.*.tls.server_name": #""feed.internal""#,
        "stream.*.proxy": #""http://proxy:3128""#, "stream.*.proxy_credential": #""proxy""#,
        "stream.*.method": #""POST""#, "stream.*.body": #"'{ "stream": true }'"#,
        "stream.*.body_file": #""/srv/question""#,
        "stream.*.content_type": #""text/plain""#, "stream.*.user_agent": #""reader/1.0""#,
        "stream.*.header_credentials": #"{ Authorization = "key" }"#, "stream.*.basic_credential": #""login""#,
        "stream.*.query_credentials": #"{ auth = "token" }"#, "stream.*.cookies": "true",
        "stream.*.events": #"["update", "delete"]"#,
        "stream.*.where": #"'message.lang == "en"'"#, "stream.*.where_not_json": #""drop""#,
        "flow.max_in_flight": "8192", "flow.max_in_flight_bytes": #""1GiB""#, "flow.drain_timeout": #""1m""#,
        "flow.max_span": "5000",
        "scaling.min": "2", "scaling.max": "32", "scaling.workers_per_supervisor": "4", "scaling.tick": #""500ms""#,
        "scaling.fast_window": #""5s""#, "scaling.beta": "2.0", "scaling.tolerance": "0.2",
        "scaling.hold_window": #""10s""#, "scaling.cool_down": #""10s""#, "scaling.drain_horizon": #""20s""#,
        "workers.max_attempts": "5", "workers.timeout": #""1m""#, "workers.max_abandoned": "8",
        "workers.kill_message": #""""#, "workers.backoff.initial": #""1s""#, "workers.backoff.max": #""20s""#,
        "workers.retry_after_max": #""1m""#, "workers.balance": #""least_loaded""#,
        "breaker.enabled": "false", "breaker.threshold": "0.9", "breaker.window": #""30s""#, "breaker.minimum": "50",
        "breaker.backoff.initial": #""2s""#, "breaker.backoff.max": #""2m""#,
        "supervision.direct_supervisor.restarts": "50", "supervision.direct_supervisor.within": #""2s""#,
        "supervision.main_supervisor.restarts": "10", "supervision.main_supervisor.within": #""20s""#,
        "supervision.application.restarts": "3", "supervision.application.within": #""2m""#,
        "supervision.stream_supervisor.restarts": "10", "supervision.stream_supervisor.within": #""20s""#,
        "handler.kind": #""exec""#,
        "handler.exec.command": #"["/bin/cat", "-u"]"#, "handler.exec.mode": #""oneshot""#,
        "handler.exec.framing": #""length""#, "handler.exec.ready": #""line""#,
        "handler.exec.start_timeout": #""1m""#, "handler.exec.reply_fd": "3", "handler.exec.prefetch": "8",
        "handler.exec.batch.max": "32", "handler.exec.batch.within": #""50ms""#,
        "handler.exec.batch.max_bytes": #""64KiB""#, "handler.exec.batch.timeout": #""1m""#,
        "handler.exec.max_answer_bytes": #""64KiB""#, "handler.exec.heartbeat": #""5s""#,
        "handler.exec.max_time": #""20m""#, "handler.exec.stop_grace": #""1s""#,
        "handler.exec.recycle.messages": "1000", "handler.exec.recycle.after": #""1h""#,
        "handler.exec.environment": #"{ MODEL = "a" }"#, "handler.exec.pass_environment": #"["TZ"]"#,
        "handler.exec.working_directory": #""/srv""#, "handler.exec.umask": #""0027""#,
        "handler.exec.limits.open_files": "256", "handler.exec.limits.data": #""256MiB""#,
        "handler.exec.limits.cpu": #""10m""#, "handler.exec.limits.core": #""1GiB""#,
        "handler.exec.limits.processes": "512", "handler.exec.memory_max": #""512MiB""#,
        "handler.exec.stderr.max_line": #""8KiB""#, "handler.exec.stderr.rate": #""50/s""#,
        "handler.print.to": #""journal""#, "handler.print.format": #""{message.text}""#,
        "handler.nats.stream": #""EVENTS""#, "handler.nats.subject": #""ev.{@stream}""#,
        "handler.nats.dedup": #""none""#, "handler.nats.publish_timeout": #""1m""#,
        "source.*.kind": #""nats""#, "source.*.stream": #""EVENTS""#, "source.*.consumer": #""work""#,
        "source.*.ack_wait": #""30s""#, "source.*.max_deliveries": "5", "source.*.create": "true",
        "source.*.subjects": #"["ev.>"]"#, "source.*.replicas": "3", "source.*.down_after": #""2m""#,
        "nats.servers": #"["nats://a:4222", "tls://b:4222"]"#, "nats.creds_credential": #""creds""#,
        "nats.nkey_credential": #""seed""#, "nats.tls.ca": #""/etc/ca.pem""#,
        "nats.tls.client_certificate_credential": #""certificate""#, "nats.tls.client_key_credential": #""key""#,
        "cluster.bucket": #""ptr_streams""#, "cluster.lease": #""20s""#, "cluster.node": #""edge-1""#,
        "handler.print.simulated_work.min": #""1ms""#, "handler.print.simulated_work.max": #""1s""#,
        "state.directory": #""/srv/ptrd""#, "state.on_damage": #""move_aside""#,
        "state.max_dead_letters": "7", "state.max_dead_letter_bytes": #""1MiB""#, "state.dead_letter_age": #""30s""#,
        "control.socket": #""/run/other.sock""#, "control.admin_group": #""admins""#,
        "control.fault_injection": "false",
        "metrics.listen": #""127.0.0.1:9464""#, "metrics.allow_remote": "true",
        "log.level": #""debug""#,
    ]

    /// What must stand beside a key.
    private static let beside: [String: String] = [
        "stream.*.tls.client_certificate_credential": #"stream.a.tls.client_key_credential = "key""#,
        "stream.*.tls.client_key_credential": #"stream.a.tls.client_certificate_credential = "certificate""#,
        "stream.*.proxy_credential": #"stream.a.proxy = "environment""#,
        "stream.*.position_ignores_query": #"stream.a.url = "https://example.com/?token=x""#,
        "stream.*.end.then": #"stream.a.end.data = "[DONE]""#,
        "stream.*.body": #"stream.a.method = "POST""#, "stream.*.body_file": #"stream.a.method = "POST""#,
        "stream.*.content_type": "stream.a.method = \"POST\"\nstream.a.body = \"why?\"",
        "handler.print.simulated_work.min": #"handler.print.simulated_work.max = "1s""#,
        "handler.print.simulated_work.max": #"handler.print.simulated_work.min = "1ms""#,
        "metrics.allow_remote": #"metrics.listen = "0.0.0.0:9464""#,
        "nats.tls.client_certificate_credential": #"nats.tls.client_key_credential = "key""#,
        "nats.tls.client_key_credential": #"nats.tls.client_certificate_credential = "certificate""#,
        "cluster.lease": #"cluster.bucket = "b""#, "cluster.node": #"cluster.bucket = "b""#,
        "handler.exec.heartbeat": #"handler.exec.ready = "line""#,
        "handler.exec.batch.within": "handler.exec.batch.max = 2",
        "handler.exec.batch.timeout": "handler.exec.batch.max = 2",
    ]

    /// What stands beside each key of a handler that is not the usual one.
    private static func handler(of name: String) -> [String] {
        if name.hasPrefix("source.a.") {
            return [
                #"source.a.kind = "nats""#, #"source.a.stream = "EVENTS""#, #"source.a.consumer = "work""#,
                #"nats.servers = ["nats://a:4222"]"#, "source.a.create = true",
            ].filter { !$0.hasPrefix(name + " ") }
        }
        if name.hasPrefix("handler.nats.") || name.hasPrefix("cluster.") {
            return [
                #"handler.kind = "nats""#, #"nats.servers = ["nats://a:4222"]"#, #"handler.nats.stream = "EVENTS""#,
                #"handler.nats.subject = "ev""#,
            ].filter { !$0.hasPrefix(name + " ") }
        }
        guard name == "handler.kind" || name.hasPrefix("handler.exec.") else { return [] }
        return [#"handler.kind = "exec""#, #"handler.exec.command = ["/bin/cat"]"#].filter { !$0.hasPrefix(name) }
    }

    @Test("can be set to something else than its default, and then is in force", arguments: Options.all.map(\.key))
    func set(key: OptionKey) throws {
        let value = try #require(Self.values[key.description], "give it a value above")
        let name = key.of(stream: "a").description
        var lines = ["\(name) = \(value)", Self.beside[key.description] ?? ""] + Self.handler(of: name)
        if !lines.contains(where: { $0.hasPrefix("stream.a.url") || $0.hasPrefix("source.") }) {
            lines.append(#"stream.a.url = "https://example.com/""#)
        }
        let configuration = try Configuration.parse(lines.joined(separator: "\n"), file: "ptrd.toml")
        let setting = try #require(configuration.settingsInForce { $0 }.first { $0.key == name })
        #expect(!setting.isDefault && setting.value != nil)
    }

    @Test("stands above once, and nothing else does")
    func complete() {
        let keys = Set(Options.all.map(\.key.description))
        #expect(keys == Set(Self.values.keys))
    }
}
