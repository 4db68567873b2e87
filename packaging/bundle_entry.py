"""The bundle's first lines: the same entry point as `scrubjay`, as a script that PyInstaller can start."""

import sys

from desktop.__main__ import main

sys.exit(main())
