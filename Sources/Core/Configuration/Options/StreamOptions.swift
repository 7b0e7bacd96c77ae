/// The options of a stream (`[stream.NAME]`).
package struct StreamOptions: OptionGroup {
    /// The address has no default: the declaration's is what a stream without one gets while its problems are
    /// collected.
    package let url = StreamOption(
        "stream.*.url", .url, .live, default: "", note: "none; every stream needs one",
        """
        The stream's address: `http` or `https`, with a host; or `http+unix` or `https+unix`, with the path of a socket in the
        place of the host, percent-encoded: `http+unix://%2Frun%2Ffeed.sock/events`. The user that ptrd runs as has to be
        allowed to write to the socket. User information (`user:password@`) is refused; secrets come as a credential.
        """)
    package let idleTimeout = StreamOption(
        "stream.*.idle_timeout", .durationOrOff(.milliseconds(10)...week), .live, default: .seconds(60),
        """
        After this long without a byte (comments count) the connection is given up as dead and made anew.
        `"0s"` or `"off"` waits for ever.
        """)
    package let connectTimeout = StreamOption(
        "stream.*.connect_timeout", .duration(.milliseconds(10)...minutes(10)), .live, default: .seconds(10),
        """
        How long it may take to look up the name, to connect and to agree on TLS, together. The next try is always a
        new connection.
        """)
    package let responseTimeout: StreamOption<Duration?> = StreamOption(
        "stream.*.response_timeout", .durationOrOff(.milliseconds(10)...week), .live,
        defaultsTo: "as long as `connect_timeout`", { $0.connectTimeout },
        """
        How long the server may take to answer once the connection stands. `"0s"` or `"off"` waits for ever, for
        a server that answers with its first event.
        """)
    package let downAfter = StreamOption(
        "stream.*.down_after", .duration(.zero...hours(24)), .live, default: .seconds(60),
        """
        How long the stream may be down before that is a problem, which makes ptrd degraded; the wait that follows a
        regular end does not count. And how long the server may refuse the position of the stream with 400, 404 or
        410, which it also does while it is being deployed, before it is tried whether the stream opens without it.
        """)
    package let maxEventBytes = StreamOption(
        "stream.*.max_event_bytes", .size(64...(1 << 30)), .live, default: 16 << 20,
        """
        The largest event. The sum of all streams' must not be above `flow.max_in_flight_bytes`, so that each
        stream can hold its largest event.
        """)
    package let reconnect = Reconnect()
    package let onRefusal: StreamOption<RefusalResponse> = StreamOption(
        "stream.*.on_refusal", .choice(), .live,
        defaultsTo: "`\"retry\"`, but `\"stop\"` with another `method` than `\"GET\"`",
        { $0.request.method == "GET" ? .retry : .stop },
        """
        What is done when the server answers with something other than an event stream. `"retry"` tries again, with
        growing delays; only 204, the server's word for stop, and a redirect loop are final. `"stop"` ends the
        stream, but for answers that ask to come again: 408, 421, 425, any with `Retry-After`, and, unless
        `retry_server_errors` is false, 429 and 5xx.
        """)
    package let retryServerErrors = StreamOption(
        "stream.*.retry_server_errors", .boolean, .live, default: true,
        """
        Whether an answer of 5xx or 429 is tried again like a lost connection. If not, it ends the stream, as
        the standard has it; `on_refusal = "retry"` beside it is an error.
        """)
    package let headers = StreamOption(
        "stream.*.headers", .headers, .live, default: [:], note: "none",
        """
        Additional request headers, such as `{ Accept-Language = "en" }`. Headers that carry secrets, and those
        that ptrd sets itself, are refused.
        """)
    package let request: StreamRequestOptions = StreamRequestOptions()
    package let bearerCredential = StreamOption(
        "stream.*.bearer_credential", .optional(.credentialName), .live, default: nil, note: "none",
        """
        The name of a credential that holds a bearer token for the stream. systemd hands it over by
        `LoadCredential=NAME:PATH` in the unit; it is read for each connection, so a file that was replaced
        takes effect at the next restart of the service. Without it ptrd does not start.
        """)
    package let initialEventID = StreamOption(
        "stream.*.initial_event_id", .optional(.eventID), .live, default: nil, note: "none",
        """
        The event id to begin after while the stream has no position: at its first start, and after
        `ptrctl streams forget`. Without it, the first connection asks for no id. Another one by a reload
        moves no stream to which something has come.
        """)
    package let maxIDBytes = StreamOption(
        "stream.*.max_id_bytes", .size(16...(64 << 10)), .live, default: 8 << 10,
        """
        The longest event id that is sent back to the server, which may refuse a longer header. After a
        longer one, the stream goes on from the last id that fits, and what came since is sent again.
        """)
    package let positionIgnoresQuery = StreamOption(
        "stream.*.position_ignores_query", .parameterNames, .live, default: [], note: "none",
        """
        Names of parameters in the query of `url` that do not say what the stream brings, such as
        `["token"]`. With another value of any other parameter it is another stream, and does not go on from
        the position of the old one. A name is to be added before its value changes, or in the same reload,
        and removed by a reload.
        """)
    package let tls = StreamTLSOptions()
    package let proxy = StreamConnectionOptions.proxy
    package let proxyCredential = StreamConnectionOptions.proxyCredential
    package let format = StreamOption(
        "stream.*.format", .optional(.printFormat), .live, default: nil, note: "that of `handler.print`",
        """
        What is printed of a message of this stream, as `format` of `[handler.print]` says. `"{@data}"` is all of it.
        """)

    package let compression = StreamOption(
        "stream.*.compression", .boolean, .live, default: false,
        """
        Whether the server is asked to compress the stream (`gzip`, `deflate`), which saves most of the bytes of JSON. A
        stream that comes compressed unasked is decoded all the same. A server that does not flush what it
        compresses delays its events.
        """)
    package let end = End()

    /// The event that ends the stream.
    package struct End: OptionGroup {
        package let data = StreamOption(
            "stream.*.end.data", .optional(.endText), .live, default: nil, note: "none",
            """
            The data of the event that ends the stream, exactly: `"[DONE]"`. That event is no message, what comes
            behind it is not read, and the connection is closed.
            """)
        package let event = StreamOption(
            "stream.*.end.event", .optional(.endText), .live, default: nil, note: "none",
            "The type of the event that ends the stream: `\"message_stop\"`. With `data` beside it, either of them ends it."
        )
        package let then = StreamOption(
            "stream.*.end.then", .choice(), .live, default: EndSequel.stop,
            """
            What follows the end. `"stop"`: the stream is finished, which is no problem, and is not asked for again before
            the next start of ptrd, unless by `ptrctl resume NAME` or a reload that changes it. `"reconnect"`: it is
            asked for again after `reconnect.initial`.
            """)
    }

    package let events = StreamOption(
        "stream.*.events", .eventTypes, .live, default: [], note: "all",
        """
        The types of events that are worked on, such as `["update", "delete"]`; an event without a type is a
        `message`. Others are counted as filtered: received and processed, without a worker.
        """)
    package let condition = StreamOption(
        "stream.*.where", .optional(.filter), .live, default: nil, note: "none",
        """
        A condition on events; those of which it is false are counted as filtered, like those that `events` leaves out.
        It compares values of the data, by the paths of `handler.print.format`, and `@event`, `@id`, `@stream` and
        `@data`, with `==`, `!=`, `<`, `<=`, `>`, `>=`, `contains` and `startswith`; with `exists(path)`, `!`, `&&`, `||`
        and parentheses. Such as `'message.lang == "en" && (message.n >= 3 || !exists(message.id))'`. A value that is
        not there is null. Kill messages always pass. A new condition holds from the next events on, and
        the connection stays.
        """)
    package let whereNotJSON = StreamOption(
        "stream.*.where_not_json", .choice(), .live, default: NotJSONResponse.pass,
        """
        What becomes of an event of which `where` cannot be told because its data is no JSON, or has more than 512
        objects and arrays in each other: it passes, or it is dropped, which is to be filtered.
        """)

    /// Those that the receiver does not look at, but the intake and the printer: with others the connection goes on.
    static let keysBeyondTheReceiver: Set<OptionKey> = [
        "stream.*.events", "stream.*.where", "stream.*.where_not_json", "stream.*.format",
    ]

    /// The delays between two connections.
    package struct Reconnect: OptionGroup {
        package let initial = StreamOption(
            "stream.*.reconnect.initial", .duration(.milliseconds(1)...hours(1)), .live, default: .seconds(3),
            """
            The delay after the first lost connection, until the server sends another (`retry:`). It grows with each
            further loss, with jitter.
            """)
        package let max = StreamOption(
            "stream.*.reconnect.max", .duration(.milliseconds(1)...hours(24)), .live, default: .seconds(60),
            "The longest delay before the next attempt, where the server does not ask for a longer one.")
        package let serverMax = StreamOption(
            "stream.*.reconnect.server_max", .duration(.milliseconds(1)...week), .live, default: hours(1),
            "The longest delay that the server can ask for, by `retry:` or `Retry-After`.")
    }
}

/// What follows the event that ends a stream.
package enum EndSequel: String, Sendable, CaseIterable {
    /// Nothing.
    case stop
    /// Another connection.
    case reconnect
}

/// What is done about an answer that is no event stream.
package enum RefusalResponse: String, Sendable, CaseIterable {
    /// It is tried again.
    case retry
    /// It ends the stream.
    case stop
}

/// What becomes of an event of which a filter cannot be told.
package enum NotJSONResponse: String, Sendable, CaseIterable {
    /// It is worked on.
    case pass
    /// It is filtered.
    case drop
}

package typealias StreamOption<Value: Sendable & Equatable> = ConfigurationOption<StreamConfiguration, Value>
