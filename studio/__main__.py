"""`python -m studio` is `pentimento`."""

import sys

from studio.cli import main

sys.exit(main())
