"""The bundle's first lines: the same entry point as `scrubjay`, as a script that PyInstaller can start."""

import sys

from desktop.platform.processor import prepare_processor

# Before anything else is imported: what follows may end with an illegal instruction.
if why := prepare_processor():
    sys.exit(why)

from desktop.__main__ import main

sys.exit(main())
