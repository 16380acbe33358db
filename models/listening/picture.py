"""The picture of an analysis: the music engraved with its numerals, mood curve, self-similarity."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from xml.sax.saxutils import escape

from antiphon.bridge.formats.engraving import engrave
from antiphon.bridge.formats.files import write_phrase
from antiphon.bridge.music.analysis import Analysis, ChordSpan, MoodPoint
from antiphon.bridge.music.phrase import Lyric, Note, Part, Phrase
from antiphon.bridge.music.slice import slice_phrase

_MOST_MEASURES = 96
_WIDTH, _MARGIN, _PANEL = 1100, 40, 240
# Blue and orange of one darkness; told apart by colour-blind readers and by their dashes.
_BOX = re.compile(r'<svg[^>]*viewBox="0 0 (\d+(?:\.\d+)?) (\d+(?:\.\d+)?)"')
_SIGNS = {"\ued60": "♭", "\ued61": "♮", "\ued62": "♯", "\ueca5": "♩"}
_VALENCE, _AROUSAL, _INK, _LIGHT = "#1558b0", "#b45f06", "#222222", "#d9d9d9"


def picture(phrase: Phrase, found: Analysis) -> bytes:
    """An SVG of an analysed phrase. Raises AntiphonError if it cannot be engraved.

    Of a long piece the first 96 measures are engraved; the curves show all of it.
    """
    shown = phrase
    if len(phrase.measures) > _MOST_MEASURES:
        shown = slice_phrase(phrase, Fraction(0), phrase.measures[_MOST_MEASURES - 1].end)
    score = engrave(write_phrase(with_numerals(shown, found.chords), ".musicxml")).decode()
    inner, height = _flat(score)
    panels = height + 70
    total = panels + _PANEL + 90
    lines = [
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="0 0 {_WIDTH} {total:.0f}" '
        f'font-family="sans-serif" font-size="14" fill="{_INK}">',
        f'<rect width="{_WIDTH}" height="{total:.0f}" fill="white"/>',
        f'<text x="{_MARGIN}" y="28" font-size="18">{escape(_heading(found))}</text>',
        inner,
        *_mood(found, panels),
        *_square(found, panels),
        "</svg>",
    ]
    return "\n".join(lines).encode()


def _heading(found: Analysis) -> str:
    keys = ", ".join(dict.fromkeys(span.name for span in found.keys)) or "no key"
    return f"{found.title or 'Untitled'}: {keys}; {found.meter}; form {found.form}"


def _flat(score: str) -> tuple[str, float]:
    """The engraved page as one group `_WIDTH` wide, and its height.

    The engraver's nested documents become groups: Qt draws none of the former.
    """
    boxes = [tuple(map(float, found)) for found in _BOX.findall(score)]
    (wide, high), (inner, _) = boxes[0], boxes[min(1, len(boxes) - 1)]
    scale = _WIDTH / wide
    body = score[score.index("<svg") :]
    body = re.sub(r"^<svg[^>]*>", f'<g transform="translate(0 40) scale({scale:.5f})">', body)
    body = re.sub(r"<svg[^>]*>", f'<g transform="scale({wide / inner:.5f})">', body)
    return _plain(body.replace("</svg>", "</g>")), high * scale


def _plain(body: str) -> str:
    """The engraver's drawing without style sheets, nested spans and fonts of its own."""
    body = re.sub(r"<style.*?</style>", "", body, flags=re.DOTALL)
    body = re.sub(r'<(path|polygon|polyline|rect|ellipse) (?![^>]*stroke=)(?=[^>]*stroke-width)',
                  f'<\\1 stroke="{_INK}" ', body)  # fmt: skip
    body = _without_wrappers(body)
    for glyph, sign in _SIGNS.items():
        body = re.sub(rf'(<tspan )font-family="Leipzig"([^>]*>){glyph}', rf"\1\2{sign}", body)
    return re.sub(r'font-size="(?:720|405)px"', 'font-size="340px"', body)


def _without_wrappers(body: str) -> str:
    """Spans that say nothing of a font are taken out, what is in them stays."""
    kept: list[bool] = []

    def decide(found: re.Match[str]) -> str:
        tag = found.group(0)
        if tag.startswith("</"):
            return tag if kept.pop() else ""
        kept.append("font-size" in tag)
        return tag if kept[-1] else ""

    return re.sub(r"</?tspan[^>]*>", decide, body)


def with_numerals(phrase: Phrase, chords: Sequence[ChordSpan]) -> Phrase:
    """The phrase with found chord symbols above and their numerals as words under the last part."""
    pitched = [part for part in phrase.parts if not part.is_drums and part.notes]
    symbols = tuple(
        replace(chord.symbol, onset=chord.onset) for chord in chords if chord.onset < phrase.length
    )
    if not pitched:
        return phrase
    under = pitched[-1].id
    parts = tuple(
        _numbered(part, chords) if part.id == under else _bare(part) for part in phrase.parts
    )
    return replace(phrase, parts=parts, chords=symbols, title="")


def _bare(part: Part) -> Part:
    return replace(part, notes=tuple(replace(note, lyrics=()) for note in part.notes))


def _numbered(part: Part, chords: Sequence[ChordSpan]) -> Part:
    notes: list[Note] = [replace(note, lyrics=()) for note in part.notes]
    staff = max((note.staff for note in notes), default=1)
    places = [(note.onset, index) for index, note in enumerate(notes)
              if not note.is_grace and note.staff == staff]  # fmt: skip
    onsets = [onset for onset, _ in places]
    for chord in chords:
        at = bisect_left(onsets, chord.onset)
        if at < len(places) and onsets[at] < chord.onset + max(chord.duration, Fraction(1, 4)):
            index = places[at][1]
            if not notes[index].lyrics:
                notes[index] = replace(notes[index], lyrics=(Lyric("1", chord.numeral),))
    return replace(part, notes=tuple(notes))


def _mood(found: Analysis, top: float) -> Iterator[str]:
    """Valence and arousal over the measures, -1 at the bottom and 1 at the top."""
    left, width = _MARGIN + 30, _WIDTH - _PANEL - 3 * _MARGIN - 60
    if found.mood is None or not found.mood.curve:
        return
    yield f'<text x="{left}" y="{top - 12:.0f}">Mood: {escape(found.mood.word)}</text>'
    for value in (-1, 0, 1):
        y = top + (1 - value) / 2 * _PANEL
        yield f'<path d="M{left} {y:.0f}h{width}" stroke="{_LIGHT}"/>'
        yield f'<text x="{left - 8}" y="{y + 5:.0f}" text-anchor="end">{value:+d}</text>'
    length = float(found.length) or 1.0

    def line(points: Sequence[MoodPoint], name: str) -> str:
        told = (
            f"{left + float(p.onset) / length * width:.1f},"
            f"{top + (1 - getattr(p, name)) / 2 * _PANEL:.1f}"
            for p in points
        )
        return " ".join(told)

    for name, colour, dash in (("valence", _VALENCE, ""), ("arousal", _AROUSAL, "7 5")):
        points = line(found.mood.curve, name)
        yield (f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2.5" '
               f'stroke-dasharray="{dash}"/>')  # fmt: skip
    for step, (name, colour, dash) in enumerate(
        (("valence", _VALENCE, ""), ("arousal", _AROUSAL, "7 5"))
    ):
        x = left + 160 * step
        y = top + _PANEL + 34
        yield (f'<path d="M{x} {y - 5:.0f}h34" stroke="{colour}" stroke-width="2.5" '
               f'stroke-dasharray="{dash}"/>')  # fmt: skip
        yield f'<text x="{x + 42}" y="{y:.0f}">{name}</text>'
    for section in found.sections:
        edge = left + float(section.onset) / length * width
        yield f'<path d="M{edge:.0f} {top:.0f}v{_PANEL}" stroke="{_LIGHT}"/>'
        yield f'<text x="{edge + 4:.0f}" y="{top + 16:.0f}" fill="#666666">{section.label}</text>'


def _square(found: Analysis, top: float) -> Iterator[str]:
    """How alike the measures are: dark cells are alike."""
    count = len(found.alike)
    if count < 2:
        return
    left, cell = _WIDTH - _PANEL - _MARGIN, _PANEL / count
    yield f'<text x="{left}" y="{top - 12:.0f}">Measures that are alike</text>'
    yield f'<rect x="{left}" y="{top:.0f}" width="{_PANEL}" height="{_PANEL}" fill="#f4f4f4"/>'
    for row, values in enumerate(found.alike):
        for column, value in enumerate(values):
            if value >= 0.4:
                x, y = left + column * cell, top + row * cell
                yield (f'<rect x="{x:.1f}" y="{y:.1f}" width="{cell + 0.05:.2f}" '
                       f'height="{cell + 0.05:.2f}" fill="{_INK}" '
                       f'fill-opacity="{(value - 0.4) / 0.6:.2f}"/>')  # fmt: skip
    first, last = found.sections[0].first, found.sections[-1].last
    y = top + _PANEL + 18
    yield f'<text x="{left}" y="{y:.0f}">{escape(first)}</text>'
    yield f'<text x="{left + _PANEL}" y="{y:.0f}" text-anchor="end">{escape(last)}</text>'
