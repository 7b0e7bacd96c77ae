// The pipeline in one import: messages and ledger, flow, tree.
@_exported import Flow
@_exported import Ledger
@_exported import PtrObservation
@_exported import Tree
