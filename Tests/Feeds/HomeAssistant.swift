import NIOHTTP1

/// Home Assistant's event stream: what happens in a house, without names and ids. `ping`, which is no JSON, keeps it open.
package struct HomeAssistant: FeedLikeness {
    let content: FeedContent

    package init(content: FeedContent = FeedContent()) { self.content = content }

    package let paths = ["/api/stream"]
    package let demands = "`Authorization: Bearer demo`"
    package let heartbeat: String? = "data: ping\n\n"

    package func answer(_ request: FeedRequest, _ state: FeedState) -> FeedAnswer {
        guard request.path == paths[0] else { return .notFound }
        guard request.method == "GET" else { return .onlyGET }
        guard request.headers.first(name: "authorization") == "Bearer \(state.secret)" else {
            return .text(.unauthorized, "401: Unauthorized")
        }
        return .events(from: state.count, opening: "data: ping\n\n")
    }

    package func event(_ number: Int, for request: FeedRequest) -> String? {
        let place = content.pick(["porch", "kitchen", "cellar"], number, 50)
        let degrees = "\(10 + content.below(15, number, 51)).\(content.below(10, number, 52))"
        return #"data: {"event_type":"state_changed","data":{"entity_id":"sensor.\#(place)_temperature","#
            + #""new_state":{"state":"\#(degrees)","attributes":{"unit_of_measurement":"°C"}}},"origin":"LOCAL","#
            + #""time_fired":"\#(FeedContent.time(number))"}"# + "\n\n"
    }
}
