"""The ground floor: contracts, engines, journal, ledger, records, plan and run."""

from harness.anchor import hold

__version__ = "0.1.0"

hold()  # of all imports the first, also in processes that others start
