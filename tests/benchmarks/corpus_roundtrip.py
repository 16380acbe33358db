"""Every MusicXML file of the music21 corpus through a phrase and back, as a table.

Run: python tests/benchmarks/corpus_roundtrip.py [most files]
"""

import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import oracle


def main() -> None:
    files = oracle.corpus_files()[: int(sys.argv[1]) if len(sys.argv) > 1 else None]
    rows = sorted(oracle.verdicts(files))
    kinds = Counter(said.split(":")[0] or "same notes" for _, said in rows)
    print("| files | " + " | ".join(kinds) + " |")
    print("|" + "---|" * (len(kinds) + 1))
    print(f"| {len(rows)} | " + " | ".join(str(n) for n in kinds.values()) + " |\n")
    for path, said in rows:
        if said:
            why = oracle.KNOWN.get(path.name, said[:200])
            print(f"- `{path.parent.name}/{path.name}`: {why}")


if __name__ == "__main__":
    main()
