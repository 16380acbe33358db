"""Train the ABC character network: `python -m antiphon.models.training.abc_lstm --data D --out R`.

Its tunes are the ABC books among the melody corpus, on the same sides of the split
(`antiphon.models.training.melody_data` keeps them), as the text of `encoding.abc_text`.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from antiphon.bridge.errors import AntiphonError
from antiphon.models.encoding.abc_text import split_header, texts_of_book
from antiphon.models.networks.abc_lstm import AbcConfig, AbcNetwork
from antiphon.models.training import corpus
from antiphon.models.training.corpus import _music21_corpus
from antiphon.models.training.melody_data import SIDES
from antiphon.models.training.timed import LOG, NATS_TO_BITS, Run, begin, parser_of

ABC_SOURCES = ("nottingham", *corpus.FOLK_BOOKS)
TEXTS = "texts.json"
_PAD = -1


def read_texts(data: Path, sides: dict[str, str]) -> list[tuple[str, str, str]]:
    """(name, side, characters) of every tune of the ABC books that has a side."""
    found = []
    books = {name.rpartition("#")[0] for name in sides}
    for source in corpus.SOURCES:
        if source.name not in ABC_SOURCES:
            continue
        base = _music21_corpus() if source.name in corpus.FOLK_BOOKS else data
        for path in sorted(base.glob(source.pattern)):
            if f"{source.name}/{path.name}" not in books:
                continue
            try:
                texts = list(texts_of_book(path.read_bytes(), path.name))
            except AntiphonError as error:
                LOG.info("not read: %s: %s", path.name, error.sentence)
                continue
            for index, text in texts:
                name = f"{source.name}/{path.name}#{index}"
                if name in sides:
                    found.append((name, sides[name], text))
    return found


def characters_of(texts: Sequence[str]) -> str:
    """All characters of some texts, in order."""
    return "".join(sorted(set("".join(texts))))


def keys_of(texts: Sequence[str], at_least: int = 25) -> tuple[str, ...]:
    """The values of K: that stand over so many of the texts, the commonest first."""
    found = Counter(split_header(text)[0].split("K:")[1].strip() for text in texts)
    return tuple(key for key, count in found.most_common() if count >= at_least)


def batches(
    texts: Sequence[str], characters: str, seed: int, size: int = 24, longest: int = 200
) -> Iterator[tuple[Tensor, ...]]:
    """One epoch in random order: indices (batch, time + 1), padded with -1.

    A long tune gives several pieces, each behind the header; where it is cut changes with the
    seed.
    """
    draw = np.random.default_rng(seed)
    index = {character: place for place, character in enumerate(characters)}
    pieces = []
    for text in texts:
        head, music = split_header(text)
        stop = len(music) if len(music) <= longest else int(draw.integers(80, longest))
        start = 0
        while start < len(music):
            pieces.append(head + music[start:stop])
            start, stop = stop, stop + longest
    pieces.sort(key=lambda piece: len(piece) + draw.random() * 40)
    groups = [pieces[start : start + size] for start in range(0, len(pieces), size)]
    for place in draw.permutation(len(groups)):
        group = groups[place]
        found = np.full((len(group), max(map(len, group))), _PAD)
        for row, piece in enumerate(group):
            found[row, : len(piece)] = [index[c] for c in piece if c in index]
        yield (torch.from_numpy(found),)


def loss(network: nn.Module, batch: tuple[Tensor, ...]) -> tuple[Tensor, int]:
    """The sum of nats over a batch, and its characters."""
    (found,) = batch
    logits, _ = network(found[:, :-1].clamp(min=0))
    total = F.cross_entropy(
        logits.flatten(0, 1), found[:, 1:].flatten(), ignore_index=_PAD, reduction="sum"
    )
    return total, int((found[:, 1:] >= 0).sum())


def text_bits(network: AbcNetwork, text: str) -> float:
    """Bits of the music of a tune's characters, its end included, the header given."""
    _, music = split_header(text)
    index = {character: place for place, character in enumerate(network.config.characters)}
    codes = torch.tensor([[index[c] for c in text if c in index]])
    count = sum(character in index for character in music)
    with torch.inference_mode():
        logits, _ = network(codes[:, :-1])
        nats = F.cross_entropy(logits[0], codes[0, 1:], reduction="none")
    return float(nats[-count:].double().sum()) * NATS_TO_BITS


def main(arguments: list[str] | None = None) -> int:
    """Train until the time budget is spent."""
    parser = parser_of(__doc__, minutes=14, rate=6e-3)
    parser.add_argument("--size", type=int, default=24, help="pieces in a batch")
    options = parser.parse_args(arguments)
    begin(options)
    texts = kept_texts(options.data, options.corpus)
    sides = {side: [t for _, s, t in texts if s == side] for side in ("train", "valid", "test")}
    characters = characters_of(sides["train"])
    for side, found in sides.items():
        LOG.info("%s: %d tunes, %d characters", side, len(found), sum(map(len, found)))
    config = AbcConfig(characters, keys_of(sides["train"]))
    (options.out / "config.json").write_text(json.dumps(config.to_json()) + "\n")
    valid = sides["valid"]
    count = sum(len(split_header(text)[1]) for text in valid)

    def judge(network: nn.Module) -> float:
        assert isinstance(network, AbcNetwork)
        return sum(text_bits(network, text) for text in valid) / max(1, count)

    run = Run(AbcNetwork(config), options, loss, judge)
    run.train(lambda epoch: batches(sides["train"], characters, epoch + 1000, options.size))
    return 0


def kept_texts(data: Path | None, corpus_folder: Path) -> list[tuple[str, str, str]]:
    """(name, side, characters) of the ABC tunes, read from `data` once and then kept."""
    kept = corpus_folder / TEXTS
    if not kept.is_file() and data is not None:
        sides = json.loads((corpus_folder / SIDES).read_text())
        kept.write_text(json.dumps(read_texts(data, sides)))
    return [(name, side, text) for name, side, text in json.loads(kept.read_text())]


if __name__ == "__main__":
    sys.exit(main())
