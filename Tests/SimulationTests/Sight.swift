/// Something worth meeting on the way: a simulation that has gone blind would find nothing, and look like one that had nothing to find.
enum Sight: CaseIterable {
    case deadLetter
    case diskFull
    case drainWithNothingLeft
    case drainWithRest
    case frozenAttempt
    case fullSpan
    case fullWindow
    case gaveUp
    case handlerOutlivesTree
    case innocentReturn
    case killMessage
    case lateOutcome
    case movedStream
    case openBreaker
    case pause
    case purge
    case refusedPosition
    case refusedReload
    case reload
    case replay
    case resumption
    case revivedStream
    case streamAddedAgain
    case retry
    case settledReplay
    case splitGroup
    case standDown
    case staleReceiver
    case timeout
    case tooManyAbandoned
    case tornEvent
}
