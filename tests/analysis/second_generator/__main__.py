"""`python -m tests.analysis.second_generator FOLDER`: the table, from experiments kept in FOLDER.

THOROUGH=1 has 200 experiments a scenario, else 10; --minutes bounds a sitting, and the next one
goes on where it ended. A folder holds what one state of the code gave: name another after a change.
"""

from __future__ import annotations

import argparse
import gc
from pathlib import Path

from tests.analysis.second_generator.runs import kept, run
from tests.analysis.second_generator.scenarios import SCENARIOS
from tests.analysis.second_generator.table import table
from tests.thorough import size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--experiments", type=int, default=size(200, 10))
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--only", nargs="*", choices=SCENARIOS, default=list(SCENARIOS))
    options = parser.parse_args()
    gc.freeze()  # statsmodels collects garbage at every correction for several tests
    run(options.folder, options.only, options.experiments, options.minutes)
    print(table({name: kept(options.folder, name) for name in options.only}))


if __name__ == "__main__":
    main()
