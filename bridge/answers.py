"""Putting a take into a copy of a user's file: parts, notes and chord symbols, nothing else."""

from dataclasses import dataclass, replace
from fractions import Fraction

from antiphon.bridge.documents import Document, Selection, answer_onset, family_of_document
from antiphon.bridge.formats import abc_edit, abc_insert, smf_edit
from antiphon.bridge.formats.engraving import engrave
from antiphon.bridge.formats.files import family_of, write_phrase
from antiphon.bridge.formats.musicxml_add import add_parts, write_chords
from antiphon.bridge.formats.musicxml_edit import write_measures
from antiphon.bridge.formats.mxl import pack_mxl, unpack_mxl
from antiphon.bridge.music.merge import block_chords, moved_part, with_answer
from antiphon.bridge.music.phrase import Part, Phrase
from antiphon.bridge.protocol.messages import Take, Task

# Tasks whose chord symbols take the place of those that stand there.
_HARMONIES = frozenset({Task.HARMONIZE, Task.ARRANGE, Task.RESTYLE})


def answered(document: Document, selection: Selection, take: Take, suffix: str) -> bytes:
    """A copy of the document, in the format of `suffix`, with the take where it belongs.

    Parts of the take that the document has get its notes in those measures, other parts come
    last, and its chord symbols stand over the selected part. Where the copy has the original's
    format, everything that was not asked for stays as it was. Raises
    AntiphonError("unknown-format").
    """
    answer = _Answer(document, selection, take)
    family, source = family_of(suffix), family_of_document(document)
    if family == "svg":
        return engrave(
            answered(document, selection, take, ".musicxml"),
            first_new=selection.answer,
            new=len(take.phrase.measures),
            part_ids=[part.id for part in take.phrase.parts],
            chords=answer.writes_chords,
        )
    if family == source == "musicxml":
        edited = answer.in_musicxml()
        return pack_mxl(edited, "score.musicxml") if suffix == ".mxl" else edited
    if family == source == "midi":
        return answer.in_midi()
    found = answer.in_abc() if family == source == "abc" else None
    if found is not None:
        return found
    merged = answer.merged
    if family == "midi":
        merged = replace(merged, parts=(*merged.parts, *answer.audible_chords))
    return write_phrase(merged, suffix)


def written(take: Take, suffix: str) -> bytes:
    """A take alone as a file, its chord symbols to be heard or seen where it has no part.

    Raises AntiphonError("unknown-format").
    """
    family = family_of(suffix)
    phrase = take.phrase
    if not phrase.parts:
        chords = block_chords(phrase)
        phrase = replace(phrase, parts=(chords if family == "midi" else replace(chords, notes=()),))
    if family == "svg":
        page = write_phrase(phrase, ".musicxml")
        return engrave(page, 0, len(phrase.measures), [part.id for part in phrase.parts])
    return write_phrase(phrase, suffix)


@dataclass(frozen=True, slots=True)
class _Answer:
    """A take on its way into a document."""

    document: Document
    selection: Selection
    take: Take

    @property
    def phrase(self) -> Phrase:
        return self.take.phrase

    @property
    def onset(self) -> Fraction:
        return answer_onset(self.document, self.selection)

    @property
    def merged(self) -> Phrase:
        """The document's music with the answer in it."""
        return with_answer(
            self.document.phrase, self.onset, self.phrase, replaces_chords=self.replaces_chords
        )

    @property
    def replaces_chords(self) -> bool:
        return self.selection.task in _HARMONIES

    @property
    def writes_chords(self) -> bool:
        """Whether chord symbols of the answer come into the copy."""
        return self.merged.chords != self.document.phrase.chords

    @property
    def standing(self) -> list[Part]:
        """The answer's parts that the document has."""
        known = {part.id for part in self.document.phrase.parts}
        return [part for part in self.phrase.parts if part.id in known]

    @property
    def new(self) -> list[Part]:
        """The answer's other parts, their notes where they stand in the document."""
        known = {part.id for part in self.document.phrase.parts}
        return [moved_part(p, self.onset) for p in self.phrase.parts if p.id not in known]

    @property
    def audible_chords(self) -> list[Part]:
        """The chord symbols as a part to be heard, where the answer is nothing else."""
        if self.phrase.parts or not self.phrase.chords:
            return []
        return [moved_part(block_chords(self.phrase), self.onset)]

    def in_musicxml(self) -> bytes:
        data, first = self.document.data, self.selection.answer
        if data.startswith(b"PK"):
            data = unpack_mxl(data, self.document.name)
        for part in self.standing:
            for staff in range(1, part.staff_count + 1):
                data = write_measures(data, part.id, first, self._on_staff(part, staff), staff)
        if self.new:
            data = add_parts(data, self.merged, self.new)
        if self.phrase.chords:
            own = self.selection.part.id
            data = write_chords(data, own, first, self.phrase, replaces=self.replaces_chords)
        return data

    def _on_staff(self, part: Part, staff: int) -> Phrase:
        notes = tuple(note for note in part.notes if note.staff == staff)
        return replace(self.phrase, parts=(replace(part, notes=notes),), chords=())

    def in_midi(self) -> bytes:
        data, name = self.document.data, self.document.name
        for part in self.standing:
            alone = replace(self.phrase, parts=(part,))
            data = smf_edit.write_notes(data, part.id, self.onset, alone, name)
        new = [*self.new, *self.audible_chords]
        return smf_edit.add_tracks(data, new, self.merged.length, name) if new else data

    def in_abc(self) -> bytes | None:
        """None where the tune cannot be edited as text."""
        first, count = self.selection.answer, len(self.document.phrase.measures)
        data: bytes | None = self.document.data
        if self.standing and first == count:
            data = abc_edit.append_measures(self.document.data, self.phrase)
        elif self.standing:
            places = range(first, first + len(self.phrase.measures))
            fits = places.stop <= count and len(self.standing) == 1
            data = abc_insert.replace_measures(data, self.merged, places) if fits and data else None
        if data is not None and first < count and self.writes_chords:
            end = self.onset + self.phrase.length
            chords = [c for c in self.merged.chords if self.onset <= c.onset < end]
            data = abc_insert.write_chords(data, chords, self.onset, end)
        if data is not None and self.new:
            data = abc_insert.add_voices(data, self.merged, self.new)
        return data
