"""The page docs/protocol.md, made from the table: `python -m antiphon.bridge.protocol.describe`."""

import sys

from antiphon.bridge.errors import FAULTS
from antiphon.bridge.protocol.osc import MAX_ARGUMENTS, MAX_DATAGRAM, MAX_NESTING
from antiphon.bridge.protocol.session import RESEND_AFTER
from antiphon.bridge.protocol.table import TABLE, Row

_TYPES = {"text": "s", "integer": "i or h", "number": "f or d", "switch": "T or F (or i 1, 0)"}

_HEAD = f"""# The protocol

Made from `bridge/protocol/table.py` by `make protocol`; do not edit by hand.

The service publishes itself in `service.json` of the run folder (mode 0600):
`{{"protocol": 1, "version": …, "pid": …, "http_port": …, "osc_port": …, "token": …}}`.
Everything listens on 127.0.0.1 alone, and nothing is answered without the token.

Three carriers bring the same requests:

- **OSC** over UDP for control: one message a datagram, at most {MAX_DATAGRAM} bytes,
  {MAX_ARGUMENTS} arguments, bundles (of one message) nested at most {MAX_NESTING} deep. Music
  travels beside it as a file of the folder `spool`, named by the SHA-256 of its bytes.
- **Files** for scripts without sockets: `inbox/NAME.json` holds
  {{"message": "ask", …arguments by name, without the token}}, put there by renaming; replies
  are `outbox/NAME.0.json`, `outbox/NAME.1.json` and so on, without progress. Scripts that have
  no JSON write lines, as `plugins/CONTRACT.md` has it.
- **HTTP** for scripts that have nothing else, and for the panel: `GET hello` and `POST` of the
  routes below under `/antiphon/1/`, with `Authorization: Bearer TOKEN`. Any `Origin` and any
  `Host` but 127.0.0.1:PORT or localhost:PORT is refused. `ask` answers when the first take is
  there: `{{"status": "take", …}}`, or `{{"status": "fault", "code", "sentence", "remedy"}}`.
  The body of `takes` is a whole request of any task as JSON (`bridge/protocol/messages.py:
  Request`, as `antiphon TASK --json` and format json write it), the answer all its takes:
  `{{"status": "takes", "id", "takes": [Take, …]}}`.

| Route | Body | Answer |
|---|---|---|
| `ask`, `landed`, `cancel` | as `bridge/editors/asks.py` has it | as above |
| `takes` | a whole Request | all its takes |
| `again` | `id`, `number` | another take, as of `ask` |
| `region` | as of `ask`, without a task | `ok`; the panel shows what is selected |
| `do` | `editor`, `document`, `title` | within 20 s `do` with `what` and words, or `nothing` |
| `watch` | `since` | within 20 s what goes on: `now`, `editors`, `requests`, `region` |
| `request` | `id` | the Request and its Takes |
| `command` | `what`, `editor`, `words` | `ok` with the `editor` that was told to act |

A request's id is chosen by the asker. The same id always has the same answer: repeat what was
not answered after {", ".join(f"{seconds:g}" for seconds in RESEND_AFTER)} seconds. A request is
received → accepted → running → ready → inserted, or ends cancelled or failed.

## Messages
"""


def protocol_page() -> str:
    """The whole page as Markdown."""
    faults = ["\n## Faults\n", "| Code | Sentence | Remedy |", "|---|---|---|"]
    faults += [f"| `{code}` | {text.sentence} | {text.remedy} |" for code, text in FAULTS.items()]
    return "\n".join([_HEAD, *map(_section, TABLE), *faults]) + "\n"


def _section(row: Row) -> str:
    sender = {"editor": "from the editor", "service": "from the service", "both": "both ways"}
    lines = [
        f"### `{row.address}` ({sender[row.sender]})\n",
        row.doc + "\n",
        "| # | Argument | OSC type | Default | |",
        "|---|---|---|---|---|",
    ]
    for number, argument in enumerate(row.arguments, 1):
        default = "needed" if argument.default is None else f"`{argument.default!r}`"
        kind = _TYPES[argument.kind]
        doc = argument.doc.replace("|", "\\|")
        lines.append(f"| {number} | `{argument.name}` | {kind} | {default} | {doc} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(protocol_page())
