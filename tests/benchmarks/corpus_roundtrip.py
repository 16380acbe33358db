"""Every MusicXML file of the music21 corpus through a phrase and back, as a table.

Run: python tests/benchmarks/corpus_roundtrip.py [most files]
"""

import importlib.util
import sys
from collections import Counter
from multiprocessing import get_context
from pathlib import Path
from types import ModuleType

ORACLE = Path(__file__).parents[1] / "bridge" / "formats" / "test_musicxml_corpus.py"


def oracle() -> ModuleType:
    spec = importlib.util.spec_from_file_location("musicxml_oracle", ORACLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def judged(path: Path) -> tuple[str, str]:
    try:
        return path.name, oracle().verdict(path)
    except Exception as fault:  # a table of everything names every fault
        return path.name, f"failed: {type(fault).__name__}: {fault}"


def main() -> None:
    files = oracle().corpus_files()[: int(sys.argv[1]) if len(sys.argv) > 1 else None]
    with get_context("spawn").Pool(1) as pool:
        rows = list(pool.imap_unordered(judged, files, chunksize=4))
    kinds = Counter(said.split(":")[0] or "same notes" for _, said in rows)
    print("| files | " + " | ".join(kinds) + " |")
    print("|" + "---|" * (len(kinds) + 1))
    print(f"| {len(rows)} | " + " | ".join(str(n) for n in kinds.values()) + " |\n")
    for name, said in sorted(rows):
        if said:
            print(f"- `{name}`: {said[:160]}")


if __name__ == "__main__":
    main()
