import FoundationEssentials
internal import Templates

// The rules between the options that a stream's request is made of.

extension StreamConfiguration {
    /// The credentials that it names, each with the key that does.
    var namedCredentials: [(key: OptionKey, name: String)] {
        let (stream, request) = (Self.declarations, Self.declarations.request)
        func one(_ option: StreamOption<String?>) -> [(key: OptionKey, name: String)] {
            self[option].map { [(key(of: option.key), $0)] } ?? []
        }
        func some(_ option: StreamOption<[String: String]>) -> [(key: OptionKey, name: String)] {
            self[option].sorted { $0.key < $1.key }.map { (key(of: option.key) + $0.key, $0.value) }
        }
        return one(stream.bearerCredential) + one(request.basicCredential) + some(request.headerCredentials)
            + some(request.queryCredentials)
    }

    /// What its body is; `nil` where it has none.
    package var bodyType: String? {
        guard self.request.body != nil || self.request.bodyFile != nil else { return nil }
        return self.request.contentType ?? header("Content-Type") ?? "application/json"
    }

    private func header(_ name: String) -> String? {
        self.headers.first { $0.key.lowercased() == name.lowercased() }?.value
    }
}

extension CrossChecks {
    private var ofStream: StreamOptions { StreamConfiguration.declarations }
    private var ofRequest: StreamRequestOptions { ofStream.request }

    mutating func checkRequests() {
        for stream in configuration.streams {
            checkBody(of: stream)
            checkHeaders(of: stream)
            checkQuery(of: stream)
        }
    }

    private mutating func checkBody(of stream: StreamConfiguration) {
        let request = stream.request
        let keys = [ofRequest.body.key, ofRequest.bodyFile.key].map(stream.key(of:))
        let method = stream.key(of: ofRequest.method.key)
        let type = stream.key(of: ofRequest.contentType.key)
        switch (request.body != nil, request.bodyFile != nil) {
        case (true, true):
            report("\(keys[0]) and \(keys[1]) are two bodies", mend: "remove one of them", at: keys)
        case (false, false):
            guard request.contentType != nil else { return }
            report(
                "\(type) says what the body is, and there is none", mend: "add a body, or remove the key", at: [type])
        case (let isText, _):
            let key = isText ? keys[0] : keys[1]
            if request.method == "GET" {
                report("a GET has no body", mend: "add method = \"POST\", or remove the body", at: [method, key])
            }
            guard let text = request.body, let named = stream.bodyType, isJSON(named) else { return }
            guard !Array(text.utf8).span.isJSON else { return }
            report(
                "the body is not the JSON that it is sent as (\(named))",
                mend: "mend it, or say what it is: content_type = \"text/plain\"", at: [type, key])
        }
    }

    private func isJSON(_ mediaType: String) -> Bool {
        let essence = mediaType.prefix { $0 != ";" }.lowercased()
        return essence == "application/json" || essence.hasSuffix("+json")
    }

    /// Each header has one value.
    private mutating func checkHeaders(of stream: StreamConfiguration) {
        let request = stream.request
        var setters: [String: [OptionKey]] = [:]
        func set(_ name: String, by key: OptionKey) { setters[name.lowercased(), default: []].append(key) }
        func keys(_ option: StreamOption<[String: String]>) -> [(String, OptionKey)] {
            stream[option].keys.sorted().map { ($0, stream.key(of: option.key) + $0) }
        }
        for (name, key) in keys(ofStream.headers) + keys(ofRequest.headerCredentials) { set(name, by: key) }
        if request.userAgent != nil { set("User-Agent", by: stream.key(of: ofRequest.userAgent.key)) }
        if request.contentType != nil { set("Content-Type", by: stream.key(of: ofRequest.contentType.key)) }
        if stream.bearerCredential != nil { set("Authorization", by: stream.key(of: ofStream.bearerCredential.key)) }
        if request.basicCredential != nil { set("Authorization", by: stream.key(of: ofRequest.basicCredential.key)) }
        for (_, keys) in setters.sorted(by: { $0.key < $1.key }) where keys.count > 1 {
            let names = keys.map(\.description).joined(separator: " and ")
            report("\(names) set the same header", mend: "remove all but one", at: keys)
        }
    }

    private mutating func checkQuery(of stream: StreamConfiguration) {
        let names = Set(URLComponents(string: stream.url)?.queryItems?.map(\.name) ?? [])
        for name in stream.request.queryCredentials.keys.sorted() where names.contains(name) {
            let key = stream.key(of: ofRequest.queryCredentials.key) + name
            report(
                "the query of \(stream.key(of: ofStream.url.key)) has this parameter already",
                mend: "remove it there, or here", at: [key])
        }
    }
}
