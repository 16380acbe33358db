"""`python -m antiphon.ui`: the panel."""

import sys

from antiphon.ui.app import main

sys.exit(main())
