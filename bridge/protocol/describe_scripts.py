"""The page plugins/CONTRACT.md: `python -m antiphon.bridge.protocol.describe_scripts`."""

import sys

from antiphon.bridge.protocol.line_table import LINE_TABLE, LineRow
from antiphon.bridge.protocol.lines import MAX_BYTES, MAX_LINES, MAX_VALUE
from antiphon.bridge.protocol.watching import DEEDS

_HEAD = f"""# What a script in an editor and the service say to each other

Made from `bridge/protocol/line_table.py` by `make protocol`; do not edit by hand. Golden
transcripts of every message are in `plugins/golden/`; `tests/plugins/test_golden.py` plays them
to a real service.

MuseScore's plugin speaks JSON over HTTP, as `docs/protocol.md` has it. Scripts that have neither
sockets nor JSON (REAPER, Ardour) exchange files of lines with the service, in the **run folder**:
the one with `service.json`, whose absolute path `antiphon install EDITOR` writes into the script's
place file. Where `service.json` is missing, the service does not run.

## Starting the service

`RUN_FOLDER/antiphon serve` (Windows: `antiphon.cmd`) starts the service detached and comes back at
once; `RUN_FOLDER/antiphon panel` opens the panel. The installer writes the file and gives its path
to the script as `launcher`, so that no Python runs inside an editor. The service listens when
`service.json` is there, within a few seconds; where another one runs already, nothing happens.

## Files

- A script writes `inbox/NAME.mid` first, then `inbox/.NAME.tmp`, and renames that to
  `inbox/NAME.ask`. NAME is 1 to 64 of A-Z a-z 0-9 _ - and is used once. Both are taken away when
  they are read, within a tenth of a second.
- Replies are `outbox/NAME.0.reply`, `outbox/NAME.1.reply` and so on, each renamed into place
  whole; the script removes what it has read. What nobody fetched is removed after a day.
- Each part of a take lies beside its reply as `outbox/NAME.N.K.mid` (K from 1): type 0, 960 ticks
  a quarter, one named track with its program, no tempo and no meter, time 0 is the take's `at`.
- `do/KIND.do` (KIND is reaper or ardour) has the script act. The script reads it, removes it and
  does as if the key had been pressed; the next one is written when the former is gone. One that
  nobody reads in 20 seconds is taken away.

## Lines

UTF-8, one `key=value` a line, at most {MAX_BYTES} bytes, {MAX_LINES} lines and {MAX_VALUE}
characters a value. In a value a line break is written `\\n` and a backslash `\\\\`; fields of a
value are parted by tabs. Keys that are not known are passed over. Switches are 1 and 0. Times are
ticks, 960 a quarter.

## The music

A Standard MIDI File of type 1 with 960 ticks a quarter. Its time 0 is the barline where the
context begins (`phrase_start` of the project), at most 16 measures before what is selected; it
reaches at most 16 measures behind it. Track 0 has tempo, meter and key; then one track a part,
in the numbers of the `part` lines, drums on channel 10. Markers that are chord symbols (all of
them, or those that begin with `chord:`) are the chords. Tracks beside the selected ones are what
a bass or a drummer hears; send them where they sound in the same span.

A selected track is where the answer belongs; the first one is the melody. Notes that stand on it
in the measures an answer would follow into are refused (`destination-occupied`); for another take
of an answer that stands there, say `again`.

## Where an answer goes

| Task | Where |
|---|---|
| continue, generate | the selected track itself (`own` 1), behind the selection; generate with nothing selected to go on from fills the selection |
| fill, vary | the selected track itself (`own` 1), in place of what stands between `at` and `at` + `length` |
| all others | a new track a part (`into` empty), unless the ask said `into`, a track's id or name |

Before it writes, the script looks whether the span is as it was sent (`revision` is its own), and
writes nothing where it changed. One named undo step (`title`) holds all parts. Chord symbols
that come without any part come as a part that plays them, too.

## What `do` asks

A task, or one of {", ".join(DEEDS)}: the next or the former take of the last answer in place of
it, keep it (no other take takes its place), cancel what is being asked, tell the `region`, put a
take that was made elsewhere (say `again` for its id and number, then write it), open the panel.

## Messages
"""


def contract_page() -> str:
    """The whole page as Markdown."""
    return "\n".join([_HEAD, *map(_section, LINE_TABLE)])


def _section(row: LineRow) -> str:
    lines = [
        f"### `{row.name}` from the {row.sender}, `{row.file}`\n",
        row.doc + "\n",
        "| Key | | |",
        "|---|---|---|",
    ]
    for key in row.keys:
        said = "needed" if key.needed else "may be left out"
        often = ", repeated" if key.repeats else ""
        lines.append(f"| `{key.name}` | {said}{often} | {key.doc} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(contract_page())
