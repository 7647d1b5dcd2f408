"""`python -m explorer`: the command line where its script is not on the path."""

import sys

from explorer.cli import main

sys.exit(main())
