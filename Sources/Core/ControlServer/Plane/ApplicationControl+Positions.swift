public import ControlAPI
import Pipeline

// After which event id a stream goes on.
extension ApplicationControl {
    /// The same as ``ControlPlane/position(_:)``.
    public func position(_ request: StreamPositionRequest) async throws(ControlFailure) -> StreamPosition {
        throw ControlFailure(.unavailable, "positions cannot be shown yet")
    }

    /// The same as ``ControlPlane/setPosition(_:)``.
    public func setPosition(_ request: SetStreamPositionRequest) async throws(ControlFailure) -> StreamPosition {
        throw ControlFailure(.unavailable, "positions cannot be set yet")
    }

    /// The same as ``ControlPlane/forgetPosition(_:)``.
    public func forgetPosition(_ request: ForgetStreamPositionRequest) async throws(ControlFailure) -> StreamPosition {
        throw ControlFailure(.unavailable, "positions cannot be forgotten yet")
    }
}
