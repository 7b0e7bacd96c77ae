/// What a stream's request is made of, beside its address (`[stream.NAME]`).
package struct StreamRequestOptions: OptionGroup {
    package let method = StreamOption(
        "stream.*.method", .requestMethod, .live, default: "GET",
        """
        The request's method, such as `"POST"` for a stream that answers a question. With another one than `"GET"`, an
        answer that is no event stream ends the stream, unless `on_refusal` says otherwise.
        """)
    package let body: StreamOption<String?> = StreamOption(
        "stream.*.body", .requestBody, .live, default: nil, note: "none",
        """
        The request's body, as a text. It is sent anew with each connection, and shown nowhere. With another method or
        another body it is another stream, which does not go on from the position of the old one.
        """)
    package let bodyFile = StreamOption(
        "stream.*.body_file", .optional(.absolutePath(maxBytes: 4095)), .live, default: nil, note: "none",
        """
        The path of a file with the request's body, up to 1 MiB, in the place of `body`. It is read for each connection; while
        it is empty or cannot be read, the stream waits and tries again. What is in it may change: the stream is the same as
        long as the path is.
        """)
    package let contentType = StreamOption(
        "stream.*.content_type", .optional(.mediaType), .live, default: nil,
        note: "`\"application/json\"` where there is a body",
        """
        What the body is. A `body` that is sent as JSON has to be JSON, or ptrd does not start; what is in a `body_file`
        is not looked at.
        """)
    package let userAgent = StreamOption(
        "stream.*.user_agent", .optional(.userAgent), .live, default: nil, note: "`\"ptr\"`",
        """
        What ptrd calls itself, also where a redirect leads to another server. Some feeds want a name by which they
        can reach you: `"example-reader/1.0 (ops@example.com)"`.
        """)
    package let headerCredentials = StreamOption(
        "stream.*.header_credentials", .headerCredentials, .live, default: [:], note: "none",
        """
        Request headers whose values are secrets, each with the name of a credential: `{ Authorization = "example-key" }`. The
        credential is the whole value, with no scheme before it. It is handed over and read as a `bearer_credential` is.
        Redirects do not take it to another server.
        """)
    package let basicCredential = StreamOption(
        "stream.*.basic_credential", .optional(.credentialName), .live, default: nil, note: "none",
        """
        The name of a credential that holds `user:password` for basic authentication, handed over and read as a
        `bearer_credential` is.
        """)
    package let queryCredentials = StreamOption(
        "stream.*.query_credentials", .parameterCredentials, .live, default: [:], note: "none",
        """
        Parameters of the query whose values are secrets, each with the name of a credential: `{ auth = "example-token" }`. They
        are put, percent-encoded, behind the query of `url`, and say nothing about what the stream brings: with
        another value it goes on from its position. Wherever the address is shown, it is with `auth=…`.
        """)
    package let cookies = StreamOption(
        "stream.*.cookies", .boolean, .live, default: false,
        """
        Whether cookies that the server sets are sent back to it, up to 32 of them and 8 KiB, until the stream is stopped
        or begun anew by a reload. They stay with the server of `url`, and are forgotten when it answers with 400, 401, 403 or 431.
        Without them a load balancer is free to choose a server for each connection. A cookie that you were given is a
        credential: `header_credentials = { Cookie = "example-cookie" }`.
        """)
}
