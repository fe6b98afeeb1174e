"""``python -m citywatch``: the command ``citywatch``."""

import sys

from citywatch.cli import main

if __name__ == "__main__":
    sys.exit(main())
