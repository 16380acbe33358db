"""Feed damaged bytes to one reader in a process of bounded memory and time a case.

`python tests/fuzz/run_cases.py TARGET SEED FIRST COUNT` prints one JSON object; with COUNT 1
it replays a case and shows the traceback. Targets: osc, smf, musicxml, mxl, abc, and answers:
a file of any kind that is opened, selected from, asked about and answered in its own format.
"""

import json
import resource
import signal
import sys
import time
import traceback
from dataclasses import replace
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from mutations import mutated, mutated_xml  # noqa: E402

from antiphon.bridge.answers import answered  # noqa: E402
from antiphon.bridge.asking import ask_about  # noqa: E402
from antiphon.bridge.documents import open_document  # noqa: E402
from antiphon.bridge.errors import AntiphonError  # noqa: E402
from antiphon.bridge.formats.abc_reader import phrase_from_abc  # noqa: E402
from antiphon.bridge.formats.abc_writer import abc_from_phrase  # noqa: E402
from antiphon.bridge.formats.files import read_phrase  # noqa: E402
from antiphon.bridge.formats.mxl import pack_mxl  # noqa: E402
from antiphon.bridge.formats.smf_writer import smf_from_phrase  # noqa: E402
from antiphon.bridge.music.harmony import ChordSymbol  # noqa: E402
from antiphon.bridge.music.phrase import Note, Phrase  # noqa: E402
from antiphon.bridge.music.pitch import Pitch  # noqa: E402
from antiphon.bridge.protocol.asked import asked_measures, asked_parts  # noqa: E402
from antiphon.bridge.protocol.messages import Controls, Receipt, Request, Take, Task  # noqa: E402
from antiphon.bridge.protocol.osc import check_datagram  # noqa: E402

CPU_SECONDS = 5
# Four readings and three writings, of up to 10,000 measures each.
ANSWER_CPU_SECONDS = 30
ADDRESS_SPACE = 1536 << 20
EXAMPLES = ROOT / "examples"


class OutOfTimeError(BaseException):
    """A case used more processor time than it may."""


def seeds(target: str) -> list[bytes]:
    """The sound inputs that are damaged."""
    scores = [path.read_bytes() for path in sorted(EXAMPLES.glob("*.musicxml"))]
    small = [first_measures(score) for score in scores]
    tune = (EXAMPLES / "the_kesh.abc").read_bytes()
    rich = (
        b'X:1\nT:All\nM:3/4\nL:1/8\nQ:1/4=90\nV:1 name="A"\nK:Ddor\n'
        b'"Am7"{d}c2 (3def [CEG]2-|[CEG]6|\n'
        b"w:a-b c * d\n|: c>d e<f _B^F |[1 z6 :|[2 Z |] [K:G][M:6/8] G3- G3 | x6 !p! |\n"
    )
    if target == "osc":
        return datagrams()
    if target == "smf":
        example = (EXAMPLES / "frere_jacques.mid").read_bytes()
        return [example, *(smf_from_phrase(phrase_from_abc(abc)) for abc in (tune, rich))]
    if target == "abc":
        return [tune, rich, abc_from_phrase(read_phrase(scores[0], "x.musicxml"))]
    if target == "answers":
        return [*seeds("smf"), *small, tune, rich]
    if target == "mxl":
        return [pack_mxl(score) for score in small]
    return small


def first_measures(score: bytes) -> bytes:
    """The first two measures of a score of one part."""
    return b"</measure>".join(score.split(b"</measure>")[:2]) + (
        b"</measure></part></score-partwise>"
    )


def datagrams() -> list[bytes]:
    """Messages of the protocol's own addresses, plain and in a bundle."""
    from pythonosc.osc_message_builder import OscMessageBuilder

    from antiphon.bridge.protocol.table import ADDRESSES

    found = []
    for address in sorted(ADDRESSES):
        builder = OscMessageBuilder(address)
        for value in ("id-1", 3, 0.5, "a" * 64, b"\x00\x01", True):
            builder.add_arg(value)
        message = builder.build().dgram
        found += [message, b"#bundle\0" + bytes(8) + len(message).to_bytes(4, "big") + message]
    return found


def answer(data: bytes) -> None:
    """Open a file, ask a task that its bytes choose, and put a take into copies of it."""
    document = open_document(data, "-")
    task = Random(data).choice(list(Task))
    words = {"style": "jazz", "as": "piano" if len(data) % 2 else "chords", "measures": 2}
    if task is Task.FILL:
        words["from"] = "1"
    asked = ask_about(task, words, document)
    assert asked.selection is not None
    take = take_for(asked.request)
    # Its own format among them, where only the answer may be new.
    for suffix in (".mid", ".musicxml", ".abc"):
        open_document(answered(document, asked.selection, take, suffix), "-")


def take_for(request: Request) -> Take:
    """A third of each measure in every staff of every asked part, and a chord over it."""
    measures = asked_measures(request)
    parts = [
        replace(
            part,
            notes=tuple(
                Note(m.onset, m.duration / 3, Pitch("D", -1, 5), staff=staff)
                for m in measures
                for staff in range(1, part.staff_count + 1)
            ),
        )
        for part in asked_parts(request)
    ]
    chords = tuple(ChordSymbol(m.onset, ("F", 1), "half-diminished", "m7b5") for m in measures)
    phrase = Phrase(tuple(parts), measures, measures[-1].end, chords=chords)
    return Take(request.id, 0, phrase, Receipt("", "", 0, 0, "", Controls()))


READERS = {
    "osc": check_datagram,
    "smf": lambda data: read_phrase(data, "x.mid"),
    "musicxml": lambda data: read_phrase(data, "x.musicxml"),
    "mxl": lambda data: read_phrase(data, "x.mxl"),
    "abc": lambda data: read_phrase(data, "x.abc"),
    "answers": answer,
}


def case_bytes(target: str, seed: int, case: int, sound: list[bytes]) -> bytes:
    """The damaged input that a seed and a case number stand for."""
    random = Random(f"{target}:{seed}:{case}")
    if target == "mxl" and case % 2:  # damage inside a zip that is whole
        return pack_mxl(case_bytes("musicxml", seed, case, seeds("musicxml")))
    data = random.choice(sound)
    # Bytes that are no XML at all end at the parser; half of the cases go deeper.
    if data.startswith((b"<?xml", b"<score")) and random.random() < 0.5:
        return mutated_xml(data, random, [other for other in sound if other.startswith(b"<")])
    return mutated(data, random, sound)


def peak_kib() -> int:
    """The most memory this program has held; getrusage would count its parent's, too."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])


def out_of_time(_signal, _frame):
    raise OutOfTimeError


def main() -> None:
    target, seed, first, count = sys.argv[1], *map(int, sys.argv[2:5])
    sound = seeds(target)
    for data in sound if target != "osc" else ():
        READERS[target](data)  # the sound inputs must be sound, or nothing deep is reached
    signal.signal(signal.SIGPROF, out_of_time)
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    limit = ANSWER_CPU_SECONDS if target == "answers" else CPU_SECONDS
    before = peak_kib()
    read, refused, worst, failures = 0, 0, 0.0, []
    for case in range(first, first + count):
        data = case_bytes(target, seed, case, sound)
        started = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, limit)
        try:
            READERS[target](data)
            read += 1
        except AntiphonError:
            refused += 1
        except (Exception, OutOfTimeError) as error:
            failures.append([case, f"{type(error).__name__}: {error}"[:200]])
            if count == 1:
                traceback.print_exc()
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        worst = max(worst, time.process_time() - started)
    grown = peak_kib() - before
    said = {
        "target": target, "seed": seed, "cases": count, "read": read, "refused": refused,
        "worst_seconds": round(worst, 3), "grown_mb": grown // 1024, "failures": failures[:20],
    }  # fmt: skip
    print(json.dumps(said))


if __name__ == "__main__":
    main()
