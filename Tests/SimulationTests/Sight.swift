/// Something worth meeting on the way: a simulation that has gone blind would find nothing, and look like one that had nothing to find.
enum Sight: CaseIterable {
    case deadLetter
    case diskFull
    case drainWithNothingLeft
    case drainWithRest
    case fullSpan
    case fullWindow
    case gaveUp
    case handlerOutlivesTree
    case innocentReturn
    case killMessage
    case lateOutcome
    case openBreaker
    case resumption
    case retry
    case staleReceiver
    case timeout
    case tooManyAbandoned
}
