import NIOConcurrencyHelpers

/// In which order the addresses of a name are tried, and for how long each: a pure value, without a clock.
///
/// The address that worked last comes first. All share the time for connecting, each getting its part of what is left. When
/// nothing came of that, every other try begins with one of them, in turn, that may have all the time: else a server that takes
/// longer than its part would never be reached.
struct AddressOrder {
    /// Of many addresses, the first will do.
    static let most = 4

    private var good: String?
    /// Tries since there was a connection.
    private var tries = 0

    /// One address to try.
    struct Way: Equatable {
        let address: String
        /// Among how many the time that is left is shared; this is one of them.
        let share: Int
    }

    /// What to try next.
    mutating func next(of addresses: [String]) -> [Way] {
        var order = Array(addresses.prefix(Self.most))
        if let good, let index = addresses.firstIndex(of: good) {
            order.removeAll { $0 == good }
            order = [addresses[index]] + order.prefix(Self.most - 1)
        }
        guard order.count > 1 else { return order.map { Way(address: $0, share: 1) } }
        let isPatient = tries % 2 == 1
        if isPatient {
            let turn = tries / 2 % order.count
            order = Array(order[turn...] + order[..<turn])
        }
        tries += 1
        return order.enumerated().map { index, address in
            Way(address: address, share: isPatient && index == 0 ? 1 : order.count - index)
        }
    }

    /// There is a connection to this one.
    mutating func connected(to address: String) {
        good = address
        tries = 0
    }
}

/// The orders of one stream, for all its connections: one for each name, since a redirect leads to another.
final class AddressBook: Sendable {
    /// A server may send on to any number of names; beyond so many all are forgotten.
    private static let most = 16

    private let orders = NIOLockedValueBox<[String: AddressOrder]>([:])

    func next(of addresses: [String], for name: String) -> [AddressOrder.Way] {
        orders.withLockedValue { orders in
            if orders.count >= Self.most, orders[name] == nil { orders = [:] }
            return orders[name, default: AddressOrder()].next(of: addresses)
        }
    }

    func connected(to address: String, of name: String) {
        orders.withLockedValue { $0[name]?.connected(to: address) }
    }
}
