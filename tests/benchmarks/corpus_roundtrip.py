"""The files of the music21 corpus through a phrase and back to MusicXML, as a table.

Run: python tests/benchmarks/corpus_roundtrip.py [--others N]
All MusicXML files are taken; with `--others N` also every Nth of the ABC and Humdrum files, as
music21 exports their first score.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import oracle


def table(title: str, files: list[Path]) -> None:
    rows = sorted(oracle.verdicts(files))
    kinds = Counter(said.split(":")[0] or "same notes" for _, said in rows)
    print(f"| {title} | " + " | ".join(kinds) + " |")
    print("|" + "---|" * (len(kinds) + 1))
    print(f"| {len(rows)} | " + " | ".join(str(n) for n in kinds.values()) + " |\n")
    for path, said in rows:
        if said:
            why = oracle.KNOWN.get(path.name, said[:200])
            print(f"- `{path.parent.name}/{path.name}`: {why}")
    print(flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--others", type=int, default=0, metavar="N")
    parser.add_argument("--only-others", action="store_true")
    options = parser.parse_args()
    if not options.only_others:
        table("MusicXML files", oracle.corpus_files())
    if options.others:
        table("ABC and Humdrum files, exported", oracle.other_files()[:: options.others])


if __name__ == "__main__":
    main()
