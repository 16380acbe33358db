"""Colours and patterns that tell voices apart, readable on both themes; no Qt.

Contrast is the ratio of WCAG 2.2 (1.4.3): (lighter + 0.05) / (darker + 0.05) of the relative
luminances. Every colour here keeps `LEAST_CONTRAST` on every paper of its theme.
"""

from dataclasses import dataclass
from enum import StrEnum

LEAST_CONTRAST = 4.5


class Pattern(StrEnum):
    """What fills the notes of a voice, so that colour is never the only sign."""

    SOLID = "solid"
    STRIPE = "stripe"
    HATCH = "hatch"
    DOTS = "dots"
    HOLLOW = "hollow"
    STEPS = "steps"


# Voices take these in turn; with as many colours as no multiple of patterns, pairs repeat late.
PATTERNS = tuple(Pattern)


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of one theme as #rrggbb.

    `paper` is what notes lie on, `row` the rows of black keys, `asked` the tint of the measures
    that an answer fills; `ink` is text and staves, `given` the notes that stood there, `gone`
    the notes of the take before, `mark` what differs, `playing` the playhead, `chosen` the
    selection, `locked` the locks; `line`, `beat` and `bar` are the grid's own lines.
    """

    is_dark: bool
    paper: str
    row: str
    asked: str
    ink: str
    quiet: str
    given: str
    gone: str
    mark: str
    playing: str
    chosen: str
    locked: str
    line: str
    beat: str
    bar: str
    voices: tuple[str, ...]


LIGHT = Theme(
    is_dark=False,
    paper="#ffffff",
    row="#f4f5f7",
    asked="#eef4fd",
    ink="#1c1f24",
    quiet="#5c636e",
    given="#666c75",
    gone="#8a4b10",
    mark="#9a3c00",
    playing="#b3261e",
    chosen="#0b57d0",
    locked="#6a4a00",
    line="#eceef1",
    beat="#dfe2e7",
    bar="#aeb4be",
    voices=("#1558b0", "#b03a0c", "#2f6b00", "#8430a8", "#00687a", "#a31a5c", "#755000"),
)
DARK = Theme(
    is_dark=True,
    paper="#232528",
    row="#1f2124",
    asked="#27303e",
    ink="#e8eaed",
    quiet="#a7adb7",
    given="#a3a9b2",
    gone="#d9a066",
    mark="#ffb27a",
    playing="#ff8a80",
    chosen="#8ab4f8",
    locked="#f2c14e",
    line="#2a2c30",
    beat="#33363c",
    bar="#666c77",
    voices=("#82b1ff", "#ff9d6c", "#6fd394", "#d6a2f5", "#58cfdc", "#ff8fbf", "#e3bd55"),
)


def theme_for(paper: str) -> Theme:
    """The theme that suits a window whose background is `paper` (#rrggbb)."""
    return DARK if luminance(paper) < 0.18 else LIGHT


def voice_colour(theme: Theme, line: int) -> str:
    """The colour of the voice at place `line`, from 0; colours come again after the last."""
    return theme.voices[line % len(theme.voices)]


def voice_pattern(line: int) -> Pattern:
    """The pattern of the voice at place `line`, from 0."""
    return PATTERNS[line % len(PATTERNS)]


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb, 0 (black) to 1 (white), after WCAG 2.2."""
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours (#rrggbb), 1 to 21, after WCAG 2.2."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)
