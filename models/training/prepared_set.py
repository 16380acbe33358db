"""Reading the data set folders that `antiphon prepare` writes."""

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from antiphon.bridge.errors import AntiphonError
from antiphon.models.encoding.grid import Span
from antiphon.models.encoding.melody import Melody, Tone
from antiphon.models.training import dataset as data

DATASET, NOTES, MANIFEST = "dataset.safetensors", "notes.safetensors", "manifest.json"


def kept_tunes(folder: Path) -> data.Dataset:
    """The encoded melodies of a data set.

    Raises AntiphonError("unreadable-file") where there is none or it is damaged.
    """
    try:
        return data.load(folder / DATASET)
    except FileNotFoundError:
        why = "it holds no data set; make one with: antiphon prepare"
    except Exception as error:
        # safetensors raises its own kind of fault.
        why = f"its data set is damaged ({type(error).__name__})"
    raise AntiphonError("unreadable-file", what=str(folder), why=why)


def kept_melodies(folder: Path) -> list[tuple[Melody, str]]:
    """The melodies of a data set as they were read, each with its side.

    Raises AntiphonError("unreadable-file") where there is none or it is damaged.
    """
    try:
        about = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["tunes"]
        arrays = load_file(folder / NOTES)
        plain = arrays["semitones"] == 0
        lines = np.split(arrays["notes"], np.cumsum(arrays["lengths"])[:-1])
        tones = [line.tolist() for line, own in zip(lines, plain, strict=True) if own]
        cuts = np.cumsum(arrays["measure_counts"])[:-1]
        measures = [part.tolist() for part in np.split(arrays["measures"], cuts)]
        return [
            (
                Melody(
                    tuple(Tone(*tone) for tone in own), tuple(Span(*span) for span in spans),
                    item["fifths"], item["is_minor"], item["title"], item["first_number"],
                ),
                item["side"],
            )
            for item, own, spans in zip(about, tones, measures, strict=True)
        ]  # fmt: skip
    except FileNotFoundError:
        why = "it holds no data set; make one with: antiphon prepare"
    except Exception as error:
        why = f"its data set is damaged ({type(error).__name__})"
    raise AntiphonError("unreadable-file", what=str(folder), why=why)
