import NIOHTTP1

/// Language models that answer a POST with a stream, each in the way of one of two providers: chunks without a name that
/// end with `[DONE]`, or events by name that end with `message_stop`.
///
/// Each request is a new answer, and costs; nothing can be resumed.
struct LanguageModel: FeedLikeness {
    let content: FeedContent
    /// Of how many pieces an answer is.
    var pieces = 8

    let paths = ["/v1/chat/completions", "/v1/messages"]
    let demands =
        #"a POST of {"model":…,"stream":true,…} as application/json, with `Authorization: Bearer demo` at the first, "#
        + "`x-api-key: demo` and `anthropic-version` at the second"

    func answer(_ request: FeedRequest, _ state: FeedState) -> FeedAnswer {
        guard let place = paths.firstIndex(of: request.path) else {
            return error(.notFound, "not_found_error", "unknown path")
        }
        guard request.method == "POST" else {
            return error(.methodNotAllowed, "invalid_request_error", "use POST", ["allow": "POST"])
        }
        let isNamed = place == 1
        let isKnown =
            isNamed
            ? request.headers.first(name: "x-api-key") == state.secret
            : request.headers.first(name: "authorization") == "Bearer \(state.secret)"
        guard isKnown else { return error(.unauthorized, "authentication_error", "invalid key") }
        guard request.contentType == "application/json" else {
            return error(.unsupportedMediaType, "invalid_request_error", "the body is to be application/json")
        }
        guard !isNamed || request.headers.contains(name: "anthropic-version") else {
            return error(.badRequest, "invalid_request_error", "anthropic-version: header is required")
        }
        // No parser of JSON: what it looks for is enough to tell a right request from none.
        let bare = request.body.filter { !$0.isWhitespace }
        guard bare.first == "{", bare.last == "}", bare.contains(#""model":""#), bare.contains(#""stream":true"#) else {
            return error(.badRequest, "invalid_request_error", "model and stream: true are needed")
        }
        return .script(isNamed ? named() : unnamed())
    }

    /// Nothing happens here that nobody has asked for.
    func event(_ number: Int, for request: FeedRequest) -> String? { nil }

    private func error(
        _ status: HTTPResponseStatus, _ type: String, _ message: String, _ headers: HTTPHeaders = [:]
    ) -> FeedAnswer {
        .json(status, #"{"type":"error","error":{"type":"\#(type)","message":"\#(message)"}}"#, headers)
    }

    private func unnamed() -> [String] {
        func chunk(_ delta: String, _ reason: String = "null") -> String {
            #"data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1795860000,"model":"example-1","#
                + #""choices":[{"index":0,"delta":{\#(delta)},"finish_reason":\#(reason)}]}"# + "\n\n"
        }
        return [chunk(#""role":"assistant","content":"""#)]
            + (0..<pieces).map { chunk(#""content":"\#($0 == 0 ? "" : " ")\#(content.word($0))""#) }
            + [chunk("", #""stop""#), "data: [DONE]\n\n"]
    }

    private func named() -> [String] {
        func event(_ type: String, _ rest: String = "") -> String {
            "event: \(type)\ndata: {\"type\":\"\(type)\"\(rest)}\n\n"
        }
        let deltas = (0..<pieces).map {
            event(
                "content_block_delta",
                #","index":0,"delta":{"type":"text_delta","text":"\#($0 == 0 ? "" : " ")\#(content.word($0))"}"#)
        }
        return [
            event(
                "message_start",
                #","message":{"id":"msg_1","type":"message","role":"assistant","model":"example-1","content":[],"#
                    + #""stop_reason":null,"usage":{"input_tokens":9,"output_tokens":1}}"#),
            event("content_block_start", #","index":0,"content_block":{"type":"text","text":""}"#),
            event("ping"),
        ] + deltas + [
            event("content_block_stop", #","index":0"#),
            event(
                "message_delta", #","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":\#(pieces)}"#),
            event("message_stop"),
        ]
    }
}
