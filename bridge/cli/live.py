"""`antiphon live --task TASK`: the clip that is selected in Ableton Live is answered there."""

import argparse
import sys

from antiphon.bridge.asking import ask_about
from antiphon.bridge.cli.typed import typed_task
from antiphon.bridge.client import Client
from antiphon.bridge.documents import Document
from antiphon.bridge.editors.live import selected_clip, write_take
from antiphon.bridge.editors.live_line import LiveLine
from antiphon.bridge.errors import AntiphonError, ExitCode
from antiphon.bridge.music.words import measures_in_words
from antiphon.bridge.protocol.messages import Take


def run(options: argparse.Namespace) -> int:
    """Read, ask, write and read back; say what was done in musical words."""
    task, words = typed_task(options.task)
    with LiveLine(options.port, options.back) as line:
        clip = selected_clip(line)
        measures = clip.phrase.measures
        print(f"Listened to “{clip.name}”: {measures_in_words(measures)}.", file=sys.stderr)
        document = Document(b"", f"Live: {clip.name}", clip.phrase)
        span = {"part": clip.phrase.parts[0].id, "from": "1", "to": measures[-1].number}
        try:
            asked = ask_about(task, {**span, **words}, document)
        except ValueError as error:
            name, _, why = str(error).partition(": ")
            raise AntiphonError("bad-control", name=name, value="that", why=why) from None
        with Client.open() as client:
            takes = [m for m in client.ask(asked.request) if isinstance(m, Take)]
        for take in sorted(takes, key=lambda take: take.number):
            for written in write_take(line, clip, take, f"Antiphon: {task}"):
                place = f"track “{written.track}”, scene {written.scene + 1}"
                print(f"Take {take.number + 1}: {written.notes} notes in {place}, read back.")
            for remark in take.remarks:
                print(f"  {remark.sentence}")
    return ExitCode.OK
