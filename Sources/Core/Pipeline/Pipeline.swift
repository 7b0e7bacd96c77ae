@_exported import Ledger
