"""``python -m citywatch.cli``."""

import sys

from citywatch.cli import main

if __name__ == "__main__":
    sys.exit(main())
