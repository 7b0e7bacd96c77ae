/// The streams at work, by their numbers.
actor StreamRegistry {
    private var streams: [Int: ContractStream] = [:]
    private var lastNumber = 0

    func add(_ stream: ContractStream) -> Int {
        lastNumber += 1
        streams[lastNumber] = stream
        return lastNumber
    }

    func stream(_ number: Int) -> ContractStream? { streams[number] }

    func remove(_ number: Int) -> ContractStream? { streams.removeValue(forKey: number) }

    func stopAll() async {
        let all = streams.values
        streams = [:]
        for stream in all { await stream.stop() }
    }
}
