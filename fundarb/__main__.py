"""`python -m fundarb` is the same command line."""

import sys

from fundarb.cli.app import main

if __name__ == "__main__":
    sys.exit(main())
