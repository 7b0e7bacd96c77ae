import NIOHTTP1

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What the head of a response means for an event stream (rules C3, C4, C10).
enum EventStreamResponse {
    /// Compressed in this way, or not at all.
    case open(ContentCoding?)
    case redirect
    case refused(EventSourceError)

    /// Judges `head`, the answer to a request for `url`. What it repeats of `secrets` is not told.
    init(
        _ head: HTTPResponseHead, url: String, retryOnServerError: Bool, policy: EventSourcePolicy = .standard,
        compression: EventStreamCompression = .refused, without secrets: RequestSecrets = RequestSecrets()
    ) {
        func shown(_ text: String) -> String { told(secrets.removed(from: text)) }
        let status = Int(head.status.code)
        let wait = retryAfter(head.headers)
        let kind = RefusalKind(status: status, asksToRetry: wait != nil)
        func refused(_ code: EventSourceError.Code, _ reason: String) -> Self {
            .refused(
                EventSourceError(
                    code, url: url, reason: reason, status: status, retryAfter: wait,
                    isTemporary: kind.isTemporary(policy, retryOnServerError: retryOnServerError), pace: kind.pace))
        }
        switch status {
        case 200:
            let mediaType = head.headers.first(name: "Content-Type") ?? ""
            guard isEventStream(mediaType) else {
                let named = mediaType.isEmpty ? "no media type" : "the media type \(shown(mediaType))"
                self = refused(.wrongMediaType, "the server answered with \(named) instead of text/event-stream")
                return
            }
            let encodings = codings(of: head.headers)
            let coding = contentCoding(of: head.headers, compression)
            guard encodings.isEmpty || coding != nil else {
                let names = shown(encodings.joined(separator: ", "))
                self = refused(
                    .unsupportedContentEncoding,
                    compression == .refused
                        ? "the server compressed the stream (\(names)), unasked"
                        : "the server compressed the stream in a way that is not understood (\(names))")
                return
            }
            self = .open(coding)
        case 204:
            self = .refused(
                EventSourceError(
                    .stoppedByServer, url: url, reason: "the server said that there is nothing to stream (204)",
                    status: status, isTemporary: false))
        case 301, 302, 303, 307, 308:
            self = .redirect
        default:
            self = refused(.refused, "the server answered \(shown("\(head.status)"))")
        }
    }
}

/// What a server wrote, for a person: cut, and without characters that a terminal would obey.
private func told(_ text: String) -> String { String(printable(text, limit: 100)) }

/// The codings that a body is to be freed of. Servers name the absence of one by several words.
func codings(of headers: HTTPHeaders) -> [String] {
    let none: Set = ["none", "identity", "utf-8", "utf8", ""]
    return headers[canonicalForm: "Content-Encoding"].map(String.init).filter { !none.contains($0.lowercased()) }
        + headers[canonicalForm: "Transfer-Encoding"].map(String.init).filter {
            !["chunked", "identity", ""].contains($0.lowercased())
        }
}

/// The one coding that a body is to be freed of, if that can be done here and may be.
func contentCoding(of headers: HTTPHeaders, _ compression: EventStreamCompression) -> ContentCoding? {
    let names = codings(of: headers)
    guard compression != .refused, names.count == 1,
        headers[canonicalForm: "Content-Encoding"].contains(where: { $0 == names[0] })
    else { return nil }
    return ContentCoding(named: names[0])
}

/// Whether a `Content-Type` is `text/event-stream`; its parameters do not matter.
private func isEventStream(_ contentType: String) -> Bool {
    let essence = contentType.prefix { $0 != ";" }.lowercased()
    return essence.drop { $0 == " " || $0 == "\t" }.prefix { $0 != " " && $0 != "\t" } == "text/event-stream"
        && essence.split(whereSeparator: { $0 == " " || $0 == "\t" }).count == 1
}

/// The wait that `Retry-After` asks for: seconds, or a date (RFC 9110, section 10.2.3), which is compared with the
/// response's own `Date` if it has one, since the clocks may differ.
private func retryAfter(_ headers: HTTPHeaders) -> Duration? {
    guard let value = headers.first(name: "Retry-After") else { return nil }
    if !value.isEmpty, value.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) {
        return .seconds(Int64(value) ?? .max)
    }
    guard let then = secondsSinceEpoch(httpDate: value) else { return nil }
    let now =
        headers.first(name: "Date").flatMap(secondsSinceEpoch(httpDate:)) ?? secondsSinceEpoch()
    return .seconds(max(0, then - now))
}

/// The system's time.
func secondsSinceEpoch() -> Int64 { Int64(Date().timeIntervalSince1970) }

/// The time of an IMF-fixdate, such as `Sun, 06 Nov 1994 08:49:37 GMT`, the one form of date that is still sent
/// (RFC 9110, section 5.6.7).
func secondsSinceEpoch(httpDate: String) -> Int64? {
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let parts = httpDate.split(separator: " ")
    guard parts.count == 6, parts[5] == "GMT", let day = Int64(parts[1]), 1...31 ~= day,
        let month = months.firstIndex(of: String(parts[2])), let year = Int64(parts[3]), 1970...9999 ~= year
    else { return nil }
    let time = parts[4].split(separator: ":", omittingEmptySubsequences: false).map { Int64($0) ?? -1 }
    guard time.count == 3, 0...23 ~= time[0], 0...59 ~= time[1], 0...60 ~= time[2] else { return nil }
    // Days of the civil calendar, in years that begin with March, so that a leap day is a year's last.
    let shifted = month < 2 ? year - 1 : year
    let dayOfYear = (153 * Int64((month + 10) % 12) + 2) / 5 + day - 1
    let days = shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
    return ((days * 24 + time[0]) * 60 + time[1]) * 60 + time[2]
}
