"""ReaPack's list of the scripts, `plugins/reaper/index.xml`, made from their headers.

`python -m antiphon.bridge.editors.reaper_index ADDRESS` prints it for the web address where the
folder `plugins/reaper` is published. Source: the format's description in ReaPack's own wiki
(Index Format) and the packages that are published with it.
"""

import re
import sys
from collections.abc import Sequence
from importlib.resources import files
from xml.sax.saxutils import escape, quoteattr

# No place on the web is ours to name; whoever publishes the scripts gives theirs.
NOWHERE = "https://antiphon.invalid/reaper"
_PACKAGE = "antiphon.plugins.reaper"
_SETUP = "antiphon_setup.lua"


def header_of(text: str) -> dict[str, str]:
    """The tags at the head of a script, without their @; a tag without a value is empty."""
    found: dict[str, str] = {}
    name = ""
    for line in text.splitlines():
        if not line.startswith("--"):
            break
        tag = re.match(r"-- @(\w+) ?(.*)", line)
        if tag:
            name = tag.group(1)
            found[name] = tag.group(2).strip()
        elif name:
            found[name] = f"{found[name]} {line[2:].strip()}".strip()
    return found


def index_xml(address: str = NOWHERE) -> str:
    """The list: one package whose first-run script is an action and registers all others."""
    root = files(_PACKAGE)
    head = header_of((root / _SETUP).read_text("utf-8"))
    names = sorted(entry.name for entry in root.iterdir() if entry.name.endswith(".lua"))
    names += sorted(
        f"lib/{entry.name}" for entry in (root / "lib").iterdir() if entry.name.endswith(".lua")
    )
    rows = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<index version="1" name="Antiphon">',
        '  <category name="Antiphon">',
        f'    <reapack name="{_SETUP}" type="script" desc={quoteattr(head["description"])}>',
        f'      <version name="{head["version"]}" author={quoteattr(head["author"])}>',
        f"        <changelog>{escape(head['about'])}</changelog>",
        *(_source(name, address.rstrip("/")) for name in names),
        "      </version>",
        "    </reapack>",
        "  </category>",
        "</index>",
    ]
    return "\n".join(rows) + "\n"


def _source(name: str, address: str) -> str:
    main = ' main="main"' if name == _SETUP else f' file="{name}"'
    return f"        <source{main}>{escape(f'{address}/{name}')}</source>"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the list for an address."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    sys.stdout.write(index_xml(*words[:1]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
