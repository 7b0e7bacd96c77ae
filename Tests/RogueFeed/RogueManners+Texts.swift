// What the rogue answers instead of a stream.

extension RogueManners {
    /// With what IDs are refused.
    static let idRefusals = [412, 416, 431, 400, 404, 410]

    /// Answers that are none of a stream, and none of which is meant for ever.
    static let refusals: [String] = {
        var answers = [400, 401, 403, 404, 405, 408, 410, 418, 421, 425, 429, 451, 500, 501, 502, 503, 504, 599].map {
            "HTTP/1.1 \($0) No\r\nContent-Length: 11\r\n\r\n<h1>no</h1>"
        }
        for status in [429, 503, 404, 413] {
            for time in [
                "0", "1", "99999999999", "-1", "", "soon", "Thu, 01 Jan 1970 00:00:00 GMT",
                "Fri, 31 Dec 9999 23:59:59 GMT", "Friday, 31-Dec-99 23:59:59 GMT",
            ] {
                answers.append("HTTP/1.1 \(status) Later\r\nRetry-After: \(time)\r\nContent-Length: 0\r\n\r\n")
            }
        }
        answers += [
            // A page in the place of the stream, of any sort of bytes, and one that never says its end.
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 28\r\n\r\n<h1>Down for maintenance</h1>",
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{\"ok\": \"maybe\"}",
            "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 6\r\n\r\n\u{1}\u{1B}[2J\u{7F}",
            "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\ndata: x\n",
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + String(repeating: "<p>much</p>\n", count: 3000),
            "HTTP/1.1 401 Who\r\nWWW-Authenticate: Bearer error=\"expired\"\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 407 Proxy\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nnever",
            "HTTP/1.1 206 Partial\r\nContent-Type: text/event-stream\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 304 Not Modified\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 302 Nowhere\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 302 Nowhere\r\nLocation: gopher://nowhere/\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 302 Nowhere\r\nLocation: http://127.0.0.1:99999/\r\nContent-Length: 0\r\n\r\n",
        ]
        return answers
    }()

    /// Heads that no client can make sense of.
    static let nonsense = [
        "HTTP/1.1 abc\r\n\r\n",
        "SSH-2.0-OpenSSH_9.2\r\n",
        "<html>\r\n\r\n",
        "\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: many\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: " + String(repeating: "y", count: 200_000) + "\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    ]
}
