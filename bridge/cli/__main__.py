"""`python -m antiphon.bridge.cli` is the same as `antiphon`."""

import sys

from antiphon.bridge.cli import main

sys.exit(main())
