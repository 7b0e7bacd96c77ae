import Testing

@testable import Flow

@Suite("A set of places")
struct PlaceSetTests {
    @Test("finds the next one from any place on, around its end, as a list would")
    func next() {
        for places in [[0], [63], [64], [5, 64, 127, 128, 300], Array(0..<200)] as [[Int]] {
            var set = PlaceSet()
            for place in places { set.set(place, true) }
            #expect(set.places == places && set.count == places.count)
            for from in 0..<320 {
                #expect(set.next(from: from) == places.first { $0 >= from } ?? places[0], "\(places) from \(from)")
            }
        }
    }

    @Test("what is put in twice is in it once, and what is taken out is gone")
    func changes() {
        var set = PlaceSet()
        #expect(set.isEmpty && set.next(from: 7) == nil)
        for _ in 0..<2 { set.set(70, true) }
        set.set(3, true)
        #expect(set.count == 2 && set.contains(70) && !set.contains(69) && !set.contains(1000))
        for _ in 0..<2 { set.set(70, false) }
        set.set(1000, false)
        #expect(set.places == [3] && set.next(from: 64) == 3)
        set.set(3, false)
        #expect(set.isEmpty && set.next(from: 0) == nil)
    }
}
