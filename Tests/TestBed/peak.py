"""peak.py FILE COMMAND...: runs a command, writes the peak of its memory in KiB into FILE, and ends as it does.

A process of its own, and a small one: what a child is said to have used at most includes what its parent had when the
child began.
"""

import pathlib
import resource
import subprocess
import sys

code = subprocess.run(sys.argv[2:], stdin=subprocess.DEVNULL).returncode
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
pathlib.Path(sys.argv[1]).write_text(str(peak))
sys.exit(code if code >= 0 else 128 - code)
