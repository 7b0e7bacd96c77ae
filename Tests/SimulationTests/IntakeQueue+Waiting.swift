@testable import Flow

extension IntakeQueue {
    /// How many of the events that wait come from receivers.
    var waitingEvents: Int {
        requests.joined().reduce(0) { count, request in
            if case .events(let arrival) = request.batch {
                count + request.batch.count + arrival.waitingFiltered
            } else {
                count
            }
        }
    }
}
