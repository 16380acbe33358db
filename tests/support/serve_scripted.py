"""The real service with scripted hosts: `serve_scripted.py ROLE READY_AFTER [SETTING=VALUE …]`.

Role "rules" has the real model host answer by rules alone.
"""

import asyncio
import sys

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.jobs.host import HostCommand
from antiphon.bridge.jobs.supervisor import Commands
from antiphon.bridge.service import run_service
from antiphon.bridge.settings import Settings


def main() -> int:
    role, ready_after, *options = sys.argv[1:]
    settings = Settings(
        **{k: type(getattr(Settings(), k))(v) for k, v in (o.split("=") for o in options)}
    )
    rules = HostCommand("antiphon.models.host", ("--engine", "theory"))
    scripted = Commands(
        HostCommand("scripted_host", (role, ready_after)),
        HostCommand("scripted_host", ("theory",)),
    )
    commands = Commands(rules, rules) if role == "rules" else scripted
    try:
        asyncio.run(run_service(settings, commands))
    except AntiphonError as fault:
        sys.stderr.write(f"{fault.sentence}\n")
        return 0 if fault.code == "service-already-running" else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
