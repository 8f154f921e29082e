"""Makes the virtual environment, with nothing but Python: `python3 requirements/install.py -h`.

This file is read by any Python, however old, so that it can say that it is too old.
"""

import sys

if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    sys.exit(
        "Python 3.11, 3.12 or 3.13 is needed, and %s is %d.%d. "  # noqa: UP031
        "Name another one: make demo PYTHON=python3.12"
        % (sys.executable, sys.version_info[0], sys.version_info[1])
    )

from installer.main import main

sys.exit(main(sys.argv[1:]))
