"""The ground floor: contracts, engines, journal, ledger, records, plan and run."""

__version__ = "0.1.0"
