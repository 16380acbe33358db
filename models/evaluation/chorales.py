"""How well the chorale model foretells and writes four voices, with baselines beside it.

On the published split (Boulanger-Lewandowski's 229, 76 and 77 chorales of Bach on a grid of
sixteenths, in `jsb_splits`, used for evaluation alone) every figure is in nats a cell, one of
four voices in one slot, natural logarithms, held and repeated notes alike, no transposition of
the pieces, no start or end symbol. The joint figure multiplies the chain out in time: in each
slot soprano, bass, tenor, alto, nothing given. The network is trained in the key without
accidentals; which of the twelve keys a piece is in is not told, so the twelve are mixed with
equal chances before the first note and by Bayes' rule from there on, which costs at most
log 12 nats a piece and is counted. Only the likeliest few keys of a piece are worked out: the
others' share of the mixture is taken as nothing, which can only make the figures worse.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.melody import top_line
from antiphon.bridge.music.phrase import Note, Part, Phrase
from antiphon.bridge.music.pitch import spell
from antiphon.bridge.music.time import TimeSignature, measures_from_meter
from antiphon.bridge.protocol.messages import Controls, Region, Request, Setting, Task
from antiphon.models.catalog import model_for
from antiphon.models.encoding import satb
from antiphon.models.encoding.satb import Array
from antiphon.models.evaluation.bigram import Bigram
from antiphon.models.evaluation.report import Cell, Report, Table
from antiphon.models.networks.chorale import ORDER, ChoraleNetwork
from antiphon.models.tasks.chorale import ChoraleWriter, load_writer
from antiphon.models.tasks.chorale_rules import RULES, count_rules, transitions
from antiphon.models.tasks.identity import input_hash
from antiphon.models.theory.answers import answer_by_rules
from antiphon.models.theory.keys import find_key
from antiphon.models.training.chorale_batches import (
    UNKNOWN_ATTACK,
    before_rows,
    held_slots,
    moved_labels,
)
from antiphon.models.training.chorale_data import Piece, read_folder, read_hymns

NAME = "chorale"
PUBLISHED = Path("jsb_splits") / "Jsb16thSeparated.json"
_BACH, _HYMN = 1, 2
_MOVES = range(-5, 7)
_KEYS = 3
_NATURALS = (0, 2, 4, 5, 7, 9, 11)
_COLUMNS = (
    "model", "joint", "joint, mean of pieces", "given chords", "changed slots", "lower voices "
    "under the soprano", *satb.VOICES,
)  # fmt: skip
Nats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Measured:
    """Nats of each cell (slots, 4) of a piece: jointly, with chords given, under the soprano."""

    joint: Nats
    chords: Nats | None
    under: Nats | None
    moved: NDArray[np.bool_]


def evaluate(folder: Path | None) -> Report:
    """Figures on the published split where the folder holds it, else on its four-part music.

    Raises AntiphonError("no-weights") without the model and "unreadable-file" where the folder
    holds nothing to measure.
    """
    card = model_for("harmonize", NAME)
    if card is None:
        raise AntiphonError("no-weights", model=NAME)
    if folder is None:
        raise AntiphonError("unreadable-file", what="The data", why="no folder was named")
    return report_on(folder, load_writer(card))


def report_on(folder: Path, writer: ChoraleWriter, most: int | None = None) -> Report:
    """The same for a writer; `most` bounds how many test pieces are harmonized."""
    path = folder / PUBLISHED
    if path.is_file():
        return _published(folder, writer, most)
    pieces, unread = read_folder(folder)
    if not pieces:
        why = "it holds no music in four parts"
        raise AntiphonError("unreadable-file", what=folder.name, why=why)
    rows = [_row(NAME, [measure(writer.steps.network, p, _BACH) for p in pieces])]
    numbers = [piece.numbers - np.where(piece.numbers > 0, piece.shift, 0) for piece in pieces]
    return Report(
        "chorales",
        (
            Table("Nats a cell", _COLUMNS, tuple(rows)),
            _rules_table("the pieces", numbers[:most], writer),
        ),
        f"{len(pieces)} pieces in four voices, {sum(len(n) for n in numbers)} slots",
        unread=tuple(unread),
    )


def _published(folder: Path, writer: ChoraleWriter, most: int | None) -> Report:
    sides = {
        name: [np.maximum(np.array(piece, np.int64), 0) for piece in pieces]
        for name, pieces in json.loads((folder / PUBLISHED).read_text()).items()
    }
    network, bigram = writer.steps.network, Bigram(sides["train"])
    tables = []
    for side in ("test", "valid"):
        pieces = [_unplaced(numbers) for numbers in sides[side]]
        model = [measure(network, piece, _BACH, briefly=side == "valid") for piece in pieces]
        base = [Measured(bigram.nats(n), None, None, moves(n)) for n in sides[side]]
        rows = (_row(NAME, model), _row("bigram with the slot number mod 16", base))
        tables.append(Table(f"Nats a cell, published {side} side", _COLUMNS, rows))
    hymns = [piece for piece in read_hymns(folder) if piece.side == "test"]
    if hymns:
        told = [measure(network, piece, _HYMN, unplaced=False) for piece in hymns]
        title = f"Nats a cell, {len(hymns)} hymns held out, key and measures known"
        tables.append(Table(title, _COLUMNS, (_row(NAME, told),)))
    tables.append(_rules_table("Bach", sides["test"][:most], writer))
    slots = sum(len(piece) for piece in sides["test"])
    return Report(
        "chorales",
        tuple(tables),
        f"published split: {len(sides['test'])} test pieces of {slots} slots",
        (
            "Chain: in time, soprano, bass, tenor, alto in each slot, nothing given; key unknown "
            "(the likeliest three of twelve mixed), place in the measure unknown but for the "
            "sixteenth of its quarter. Given chords: root and quality of every slot told, as in "
            "TonicNet's published figure. Changed slots: cells whose pitch differs from the slot "
            "before.",
            "The bigram is counted on the published training side, the model never saw it as "
            "such; pieces of the test side, and others with the sopranos of those that no file "
            "could be matched with, are not in its training data.",
            "Rules: first takes of the writer for the sopranos of these pieces, the key found from "
            "the soprano; the closer to Bach's own rates, the better.",
        ),
    )


def _unplaced(numbers: Array) -> Piece:
    """A piece of the published split: which quarter of a measure a slot is in is not known."""
    slots = len(numbers)
    return Piece(
        "", "bach", "test", numbers, np.full_like(numbers, UNKNOWN_ATTACK), np.arange(slots) % 4,
        np.zeros(slots, np.int64),
    )  # fmt: skip


def moves(numbers: Array) -> NDArray[np.bool_]:
    """Which cells (slots, 4) differ from the slot before; all of the first slot."""
    found: NDArray[np.bool_] = np.diff(numbers, axis=0, prepend=-1) != 0
    return found


def measure(
    network: ChoraleNetwork,
    piece: Piece,
    style: int,
    *,
    unplaced: bool = True,
    briefly: bool = False,
) -> Measured:
    """Nats of every cell of a piece; `unplaced` mixes the twelve keys, `briefly` only jointly."""
    keys = _likely(piece.numbers) if unplaced else (0,)
    return Measured(
        _mixed(network, piece, style, keys),
        None if briefly else _mixed(network, piece, style, keys, "chords"),
        None if briefly else _mixed(network, piece, style, keys, "soprano"),
        moves(piece.numbers),
    )


def _likely(numbers: Array) -> tuple[int, ...]:
    """The moves under which most of a piece is in the key without accidentals."""
    counts = np.bincount(numbers[numbers > 0] % 12, minlength=12)

    def share(move: int) -> int:
        return int(sum(counts[(pitch - move) % 12] for pitch in _NATURALS))

    return tuple(sorted(_MOVES, key=share, reverse=True)[:_KEYS])


def _mixed(
    network: ChoraleNetwork, piece: Piece, style: int, keys: Sequence[int], told: str = ""
) -> Nats:  # fmt: skip
    """Nats (slots, 4) of the cells under a mixture of keys.

    `told` is "chords" where they are given, "soprano" where it is; its own nats are then 0.
    """
    slots = len(piece.numbers)
    rows, before, symbols = [], [], []
    labels, held = satb.chord_labels(piece.numbers), held_slots(piece.numbers)
    for move in keys:
        numbers = np.where(piece.numbers > 0, piece.numbers + move, 0)
        own, moved = satb.to_symbols(numbers), moved_labels(labels, move)
        given = np.full_like(own, satb.UNKNOWN)
        attacks = np.full(slots, UNKNOWN_ATTACK)
        if told == "soprano":
            given[:, 0], attacks = own[:, 0], piece.attacks[:, 0]
        shown = moved if told == "chords" else np.full(slots, satb.CHORD_UNKNOWN)
        columns = (*given.T, piece.within, piece.beat, shown, np.full(slots, style), attacks)
        rows.append(np.stack(columns, 1))
        before.append(before_rows(own, held, moved))
        symbols.append(own)
    with torch.inference_mode():
        arrays = (torch.from_numpy(np.stack(a)) for a in (rows, before, symbols))
        nats = network(*arrays).double().numpy()
    if told == "soprano":
        nats[..., 0] = 0
    return _by_bayes(nats, 1 if len(keys) == 1 else len(_MOVES))


def _by_bayes(nats: Nats, of: int) -> Nats:
    """The cells' nats (slots, 4) under some (hypotheses, slots, 4) of `of` equal hypotheses."""
    chain = -nats[:, :, list(ORDER)].reshape(len(nats), -1)
    past = np.cumsum(chain, 1) - chain
    whole = _log_sum(past)
    # The first cell pays for the hypotheses that are left out.
    whole[0] = np.log(of)
    mixed = (whole - _log_sum(past + chain)).reshape(-1, 4)
    found = np.empty_like(mixed)
    found[:, list(ORDER)] = mixed
    return found


def _log_sum(values: Nats) -> Nats:
    top = values.max(0)
    found: Nats = top + np.log(np.exp(values - top).sum(0))
    return found


def _row(name: str, pieces: Sequence[Measured]) -> tuple[Cell, ...]:
    joint = np.concatenate([piece.joint for piece in pieces])
    moved = np.concatenate([piece.moved for piece in pieces])
    chords = [piece.chords for piece in pieces if piece.chords is not None]
    under = [piece.under[:, 1:] for piece in pieces if piece.under is not None]
    return (
        name,
        float(joint.mean()),
        float(np.mean([piece.joint.mean() for piece in pieces])),
        float(np.concatenate(chords).mean()) if chords else None,
        float(joint[moved].mean()),
        float(np.concatenate(under).mean()) if under else None,
        *(float(joint[:, voice].mean()) for voice in range(4)),
    )


def _rules_table(whose: str, pieces: Sequence[Array], writer: ChoraleWriter) -> Table:
    """Rules per 100 transitions: the pieces' own, the model's and the rules' for their sopranos."""
    rows = [(whose, pieces)]
    rows.append((NAME, [harmonized(writer, numbers) for numbers in pieces]))
    by_rules = [_by_rules(numbers) for numbers in pieces]
    if all(found is not None for found in by_rules):
        rows.append(("theory engine", [found for found in by_rules if found is not None]))
    tonics = [find_key(phrase_of(numbers)).tonic for numbers in pieces]
    lines: list[tuple[Cell, ...]] = []
    for name, found in rows:
        count = max(1, sum(transitions(numbers) for numbers in found))
        total = dict.fromkeys(RULES, 0)
        for numbers, tonic in zip(found, tonics, strict=True):
            for rule, times in count_rules(numbers, tonic).items():
                total[rule] += times
        lines.append((name, count, *(100 * total[rule] / count for rule in RULES)))
    title = f"Rules broken per 100 transitions, {len(pieces)} pieces"
    return Table(title, ("whose", "transitions", *RULES), tuple(lines), digits=2)


def phrase_of(numbers: Array, voices: Sequence[int] = (0, 1, 2, 3)) -> Phrase:
    """Voices of MIDI numbers (slots, 4) as a phrase in 4/4 without a key signature."""
    parts = []
    for voice in voices:
        notes: list[Note] = []
        for slot, number in enumerate(int(n) for n in numbers[:, voice]):
            onset = Fraction(slot, 4)
            if notes and notes[-1].end == onset and notes[-1].pitch.midi_number == number:
                notes[-1] = replace(notes[-1], duration=notes[-1].duration + Fraction(1, 4))
            elif number:
                notes.append(Note(onset, Fraction(1, 4), spell(number)))
        parts.append(Part(f"V{voice}", satb.VOICES[voice].capitalize(), tuple(notes)))
    meters = (TimeSignature(Fraction(0), 4, 4),)
    length = Fraction(len(numbers), 4)
    measures = measures_from_meter(meters, length)
    return Phrase(tuple(parts), measures, measures[-1].end, (), meters)


def request_for(phrase: Phrase, seed: int = 0) -> Request:
    """The request for three voices under the first part of a phrase."""
    phrase = replace(phrase, parts=phrase.parts[:1])
    region = Region("", "", (phrase.parts[0].id,), Fraction(0), phrase.length)
    controls = Controls(setting=Setting.SATB, style="chorale")
    return Request("chorales", Task.HARMONIZE, region, phrase, controls=controls, seed=seed)


def harmonized(writer: ChoraleWriter, numbers: Array) -> Array:
    """The soprano of MIDI numbers (slots, 4) with the first take's lower voices."""
    request = request_for(phrase_of(numbers, (0,)))
    answer = next(phrase for _, phrase in writer.takes(request, bool, input_hash(request)))
    if answer is None:
        raise AntiphonError("no-weights", model=NAME)
    return under(numbers, answer)


def under(numbers: Array, answer: Phrase) -> Array:
    """MIDI numbers (slots, 4): the soprano given and an answer's three parts."""
    slots = satb.slots_of(answer.measures, answer.time_signatures)
    lines = [numbers[:, 0]]
    for part in answer.parts:
        line, _ = satb.line_on(top_line(part, Fraction(0), answer.length), slots)
        lines.append(line[: len(numbers)])
    return np.stack(lines, 1)


def _by_rules(numbers: Array) -> Array | None:
    try:
        answer = answer_by_rules(request_for(phrase_of(numbers, (0,))), 0)
    except AntiphonError:
        return None
    return under(numbers, answer) if len(answer.parts) == 3 else None
