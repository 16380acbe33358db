"""The drum models beside copying, real measures, rules and the human hand, on held-out drumming.

`python -m antiphon.models.evaluation drums --on FOLDER` prints it; FOLDER holds the data sets,
or any MIDI files with drums.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.smf_reader import phrase_from_smf
from antiphon.bridge.music.phrase import Phrase
from antiphon.bridge.protocol.messages import Controls, Region, Request, Task
from antiphon.models.catalog import Card, catalog
from antiphon.models.encoding.drum_grid import KICK
from antiphon.models.evaluation.drum_baselines import MarkovDrums, NearestBars
from antiphon.models.evaluation.drum_passages import (
    BARS,
    MOST,
    Hits,
    Passage,
    Player,
    Tally,
    accompanied,
    eight_more,
    foretold,
    groups_of,
    passages,
    phrase_of,
    player_of,
    similarity,
)
from antiphon.models.evaluation.report import Cell, Report, Table
from antiphon.models.tasks import drums as drums_task
from antiphon.models.tasks import drums_lstm as lstm_task
from antiphon.models.theory.answers import answer_by_rules
from antiphon.models.training.drums_data import Piece, fills_of, piece_of, read_pieces
from antiphon.models.training.drums_lstm import bits, lines_of

_HUMAN, _COPY, _NEAREST, _RULES = "human", "copy of the two before", "nearest real", "theory"
_DRUMS, _LSTM = "drums", "drums-lstm"


def evaluate(folder: Path | None) -> Report:
    """The report on the test side of the data sets below `folder`, or on any drumming there.

    Raises AntiphonError("no-weights") without the models, "unreadable-file" without drums.
    """
    cards = {card.about.kind: card for card in catalog()}
    if _DRUMS not in cards:
        raise AntiphonError("no-weights", model=_DRUMS)
    return report_on(cards[_DRUMS], cards.get(_LSTM), folder or Path())


def report_on(card: Card, lstm: Card | None, folder: Path) -> Report:
    """The report of a drums card and, where there is one, a drums LSTM."""
    pieces, unread = read_pieces(folder)
    seen = "none of it heard in training" if pieces else "which training may have heard"
    if not pieces:
        pieces, unread = _anyones(folder)
    sides = {side: [p for p in pieces if p.split == side] for side in ("train", "valid", "test")}
    if not sides["test"]:
        why = "no MIDI file with drums was found"
        raise AntiphonError("unreadable-file", what=str(folder), why=why)
    players: dict[str, Player] = {
        _DRUMS: player_of(drums_task.load_writer(card)), _RULES: _by_rules,
    }  # fmt: skip
    if lstm is not None:
        players[_LSTM] = player_of(lstm_task.load_writer(lstm))
    nearest = NearestBars(sides["train"]) if sides["train"] else None
    tables = list(_tables(sides["test"], players, nearest))
    if lstm is not None and sides["train"]:
        tables.append(_bits_table(lstm, sides))
    count = sum(len(piece.bars) for piece in sides["test"])
    return Report(
        "drums", tuple(tables),
        f"{len(sides['test'])} recordings and pieces, {count} measures, {seen}. Hits are compared "
        "slot by slot on the grid; a passage is two measures heard and two foretold, one take.",
        notes=(
            "The human row of the first table is what the same drummer plays two measures later: "
            "how far a groove foretells itself. Time is hi-hat and ride together.",
        ),
        unread=tuple(unread),
    )  # fmt: skip


def _anyones(folder: Path) -> tuple[list[Piece], list[str]]:
    pieces, unread = [], []
    for path in sorted((*folder.rglob("*.mid"), *folder.rglob("*.midi"))):
        try:
            piece = piece_of(phrase_from_smf(path.read_bytes(), path.name), path.stem)
        except (AntiphonError, OSError) as error:
            unread.append(f"{path.name}: {error}")
            continue
        if piece is None:
            unread.append(f"{path.name}: there are no drums in it.")
        else:
            pieces.append(piece)
    return pieces, unread


def _by_rules(request: Request) -> Phrase | None:
    try:
        return answer_by_rules(request, 0)
    except AntiphonError:
        return None


def _tables(
    test: Sequence[Piece], players: dict[str, Player], nearest: NearestBars | None
) -> Iterator[Table]:
    for source in sorted({piece.source for piece in test}):
        found = passages([piece for piece in test if piece.source == source])
        if found:
            yield _continued(source, found, players, nearest)
    banded = [p for p in passages(test, 10**6) if (p.piece.heard[p.start + 2][:, 0] == 1).any()]
    banded = banded[:: max(1, len(banded) // MOST)][:MOST]
    if banded:
        yield _under(banded, players, nearest)
    long = [
        p for p in passages(test, 10**6) if len(p.piece.bars) >= p.start + 12 and p.start % 8 == 0
    ]
    long = long[:: max(1, len(long) // 12)][:12]
    if long:
        yield _fills(test, long, players)
    yield _density(passages(test, 4), players)


def _continued(
    source: str, found: Sequence[Passage], players: dict[str, Player], nearest: NearestBars | None
) -> Table:
    made: dict[str, list[tuple[Hits | None, Passage]]] = {}
    for name in (_DRUMS, _LSTM, _RULES):
        if name in players:
            made[name] = [(foretold(players[name], passage), passage) for passage in found]
    made[_COPY] = [(_copied(p), p) for p in found]
    if nearest is not None:
        made[_NEAREST] = [
            (nearest.after(p.bars[:2], [bar.slots for bar in p.bars]), p) for p in found
        ]
    made[_HUMAN] = [(_later(p), p) for p in found]
    rows = [_row(name, pairs) for name, pairs in made.items()]
    truth = [similarity(p.truth) for p in found]
    title = f"{len(found)} passages of {source or 'these files'}: two measures after two"
    columns = (
        "player",
        "kick F1",
        "snare F1",
        "time F1",
        "all F1",
        "measures alike",
        "human alike",
    )
    return Table(title, columns, tuple((*row, float(np.mean(truth))) for row in rows))


def _row(name: str, pairs: Sequence[tuple[Hits | None, Passage]]) -> tuple[Cell, ...]:
    tallies = {group: Tally() for group in ("kick", "snare", "time", "all")}
    alike = []
    for hits, passage in pairs:
        if hits is None or hits.shape != passage.truth.shape:
            if name != _HUMAN:
                nothing = np.zeros_like(passage.truth)
                for group, tally in tallies.items():
                    tally.add(groups_of(nothing)[group], groups_of(passage.truth)[group])
            continue
        alike.append(similarity(hits))
        for group, tally in tallies.items():
            tally.add(groups_of(hits)[group], groups_of(passage.truth)[group])
    return (name, *(t.f1 for t in tallies.values()), float(np.mean(alike)) if alike else None)


def _copied(passage: Passage) -> Hits:
    hits = np.concatenate([bar.hits for bar in passage.bars[:2]])
    return hits if hits.shape == passage.truth.shape else np.zeros_like(passage.truth)


def _later(passage: Passage) -> Hits | None:
    bars = passage.piece.bars[passage.start + BARS : passage.start + BARS + 2]
    return np.concatenate([bar.hits for bar in bars]) if len(bars) == 2 else None


def _under(
    found: Sequence[Passage], players: dict[str, Player], nearest: NearestBars | None
) -> Table:
    made: dict[str, list[tuple[Hits | None, Passage]]] = {
        name: [(accompanied(players[name], passage), passage) for passage in found]
        for name in (_DRUMS, _LSTM, _RULES)
        if name in players
    }
    if nearest is not None:
        made[_NEAREST] = [
            (nearest.under(p.truth.any(1).sum(), [bar.slots for bar in p.bars]), p) for p in found
        ]
    made[_HUMAN] = [(p.truth, p) for p in found]
    rows = []
    for name, pairs in made.items():
        bass, density = Tally(), []
        for hits, passage in pairs:
            heard = np.concatenate(passage.piece.heard[passage.start + 2 : passage.start + 4])
            if hits is not None and hits.shape == passage.truth.shape:
                bass.add(hits[:, KICK], heard[:, 0] == 1)
                density.append((hits.any(1).sum(), (heard == 1).any(1).sum()))
        pairs_of = np.array(density, float)
        lines_up = len(pairs_of) > 2 and pairs_of.std(0).min() > 0
        found_alike = float(np.corrcoef(pairs_of.T)[0, 1]) if lines_up else None
        rows.append((*_row(name, pairs), bass.f1, found_alike))
    title = f"{len(found)} passages: drums for a given bass and melody, no drums heard"
    columns = ("player", "kick F1", "snare F1", "time F1", "all F1", "measures alike",
               "kick with bass F1", "density with the others")  # fmt: skip
    return Table(title, columns, tuple(rows))


def _fills(test: Sequence[Piece], found: Sequence[Passage], players: dict[str, Player]) -> Table:
    """How many measures are fills, and how many of the fills stand where a phrase ends."""
    rows: list[tuple[Cell, ...]] = []
    for name in (_DRUMS, _LSTM, _RULES):
        if name not in players:
            continue
        fills, ends, count = 0, 0, 0
        for passage in found:
            bars = eight_more(players[name], passage)
            if bars is None:
                continue
            made = fills_of([*passage.bars, *bars])[BARS:]
            fills, count = fills + sum(made), count + len(made)
            ends += sum(m for i, m in enumerate(made) if (passage.start + BARS + i) % 4 == 3)
        rows.append((name, fills / max(1, count), ends / max(1, fills)))
    marks = [
        (index % 4 == 3, mark)
        for piece in test
        if len(piece.bars) >= 12
        for index, mark in enumerate(piece.fills)
    ]
    fills = sum(mark for _, mark in marks)
    ends = sum(mark for is_end, mark in marks if is_end)
    rows.append((_HUMAN, fills / max(1, len(marks)), ends / max(1, fills)))
    columns = ("player", "measures that are fills", "fills at the end of four measures")
    return Table(
        f"Fills in eight measures after four ({len(found)} passages)", columns, tuple(rows)
    )


def _density(found: Sequence[Passage], players: dict[str, Player]) -> Table:
    asked = (0.5, 1.0, 2.0, 3.0, 4.0)
    rows = []
    for name, player in players.items():
        cells: list[Cell] = [name]
        for density in asked:
            counts = []
            for passage in found:
                phrase = phrase_of(passage.piece, passage.start, BARS, 0)
                region = Region("measured", "0", (), Fraction(0), phrase.length)
                phrase = replace(phrase, parts=())
                controls = Controls(density=density)
                answer = player(Request(passage.piece.name, Task.DRUMS, region, phrase,
                                        controls=controls))  # fmt: skip
                if answer is not None:
                    onsets = {note.onset for note in answer.parts[0].notes}
                    counts.append(len(onsets) / float(answer.length))
            cells.append(float(np.mean(counts)) if counts else None)
        rows.append(tuple(cells))
    columns = ("player", *(f"asked {value:g}" for value in asked))
    return Table("Onsets a quarter, asked and given", columns, tuple(rows), digits=2)


def _bits_table(card: Card, sides: dict[str, list[Piece]]) -> Table:
    lines = {side: lines_of(pieces) for side, pieces in sides.items()}
    chain = MarkovDrums.chosen(lines["train"], lines["valid"])
    network = lstm_task.load_network(card)
    rows = []
    total, hits = bits(network, lines["test"])
    rows.append((_LSTM, total / max(1, hits)))
    rows.append((f"Markov chain of order {chain.order}", chain.bits(lines["test"]) / max(1, hits)))
    return Table(f"Bits a hit ({hits} hits in sixteenths)", ("model", "bits a hit"), tuple(rows))
