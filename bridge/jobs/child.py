"""The door through which a model host starts: `python -m antiphon.bridge.jobs.child PID MODULE …`.

It ties the process to its parent (process PID) before the module runs, so that no host
outlives a service that was killed, then becomes that module.
"""

import ctypes
import os
import runpy
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Die with the parent, then run the named module as the main program."""
    parent, module, arguments = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # The parent may have died before it could be watched.
    if os.name == "posix" and os.getppid() != parent:
        sys.exit(1)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
