"""Verovio's SVG made readable for QtSvg: no nested <svg>, no nested text, colours as marks.

QtSvg (SVG Tiny 1.2) draws nothing of a nested <svg>, drops text of size 0 whose spans are nested,
and knows no music font. So the inner <svg> becomes a <g> that scales, each run of text becomes
one <text> of its own, and music characters become the paths of verovio's own font files.
"""

import re
import xml.etree.ElementTree as ET  # the input is verovio's own output
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

_SVG = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"
# Marks stand for colours until it is known which theme draws.
INK, STAFF = "@ink@", "@staff@"
_MUSIC_FONTS = ("Leipzig", "Leland", "Bravura")
_DRAWN = (f"{_SVG}path", f"{_SVG}polygon", f"{_SVG}polyline", f"{_SVG}rect", f"{_SVG}ellipse",
          f"{_SVG}use", f"{_SVG}text")  # fmt: skip

_MOVED = re.compile(r"translate\(([-\d.]+),\s*([-\d.]+)\)")
_LINE = re.compile(r"-?\d+(?:\.\d+)?")

Measurer = Callable[[str, str, float, bool, bool], float]


@dataclass(frozen=True, slots=True)
class _Run:
    """Characters of one font, size and style."""

    text: str
    family: str
    size: float
    is_bold: bool
    is_italic: bool


@dataclass(frozen=True, slots=True)
class Readable:
    """A page for QtSvg, its size in its own units, and the staves of each measure by its id.

    A measure's box runs from the first staff's top line to the last one's bottom line: left,
    top, right, bottom.
    """

    svg: str
    width: float
    height: float
    measures: dict[str, tuple[float, float, float, float]]


def readable(svg: str, marks: Mapping[str, str], family: str, width_of: Measurer) -> Readable:
    """The page for QtSvg, with its measures.

    `marks` colours the elements of those ids with what is inside them, staves are `STAFF`,
    everything else is `INK`. Text is set in `family`; `width_of` tells how wide a text is.
    """
    ET.register_namespace("", "http://www.w3.org/2000/svg")
    ET.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    root = ET.fromstring(svg)  # noqa: S314
    width, height = (float(part) for part in root.get("viewBox", "0 0 1 1").split()[2:])
    inner = root.find(f"{_SVG}svg")
    measures = {}
    if inner is not None:
        units = [float(part) for part in inner.get("viewBox", "0 0 1 1").split()[2:]]
        inner.tag = f"{_SVG}g"
        inner.attrib = {"transform": f"scale({width / units[0]:.6f},{height / units[1]:.6f})"}
        measures = _measures(inner, width / units[0])
    for style in root.findall(f"{_SVG}style"):
        root.remove(style)
    _without_placeholders(root)
    _texts(root, {"font-family": family}, width_of)
    _colour(root, INK, marks)
    return Readable(ET.tostring(root, encoding="unicode"), width, height, measures)


def _measures(page: ET.Element, scale: float) -> dict[str, tuple[float, float, float, float]]:
    """The box of the staff lines of each measure, from the lines' own coordinates."""
    found = {}
    moved = _MOVED.search(next((n.get("transform", "") for n in page if n.get("transform")), ""))
    left, top = (float(moved.group(1)), float(moved.group(2))) if moved else (0.0, 0.0)
    for measure in page.iter(f"{_SVG}g"):
        if "measure" not in measure.get("class", "").split():
            continue
        lines = [
            [float(number) for number in _LINE.findall(path.get("d", ""))]
            for staff in measure
            if "staff" in staff.get("class", "").split()
            for path in staff.findall(f"{_SVG}path")
        ]
        xs = [x + left for line in lines for x in line[::2]]
        ys = [y + top for line in lines for y in line[1::2]]
        if xs:
            box = (min(xs) * scale, min(ys) * scale, max(xs) * scale, max(ys) * scale)
            found[measure.get("id", "")] = box
    return found


def _without_placeholders(node: ET.Element) -> None:
    """Leaves out what only an editor would show; its style sheet hides it from others."""
    for child in list(node):
        if "placeholder" in child.get("class", "").split() and not len(child.findall(".//*[@id]")):
            node.remove(child)
        else:
            _without_placeholders(child)


def _colour(node: ET.Element, colour: str, marks: Mapping[str, str]) -> None:
    """Gives every drawn element its colour outright, as QtSvg reads no `currentColor` in CSS."""
    kinds = node.get("class", "").split()
    colour = marks.get(node.get("id", ""), colour)
    if {"chord", "beam", "tuplet"} & set(kinds):
        colour = _colour_of_all(node, marks) or colour
    if node.tag in _DRAWN:
        if node.get("fill") != "none":
            node.set("fill", colour)
        # Glyphs are filled only; lines carry a width.
        node.set("stroke", colour if node.get("stroke-width") else "none")
    for child in node:
        if child.tag != f"{_SVG}defs":
            is_line = "staff" in kinds and child.tag == f"{_SVG}path"
            _colour(child, STAFF if is_line else colour, marks)


def _colour_of_all(node: ET.Element, marks: Mapping[str, str]) -> str | None:
    """The colour of the notes inside where they have one in common."""
    found = {marks.get(child.get("id", "")) for child in node.iter() if _is_note(child)}
    return found.pop() if len(found) == 1 else None


def _is_note(node: ET.Element) -> bool:
    return "note" in node.get("class", "").split()


# What verovio's style sheet says of the text inside these groups.
_STYLES = {
    "tempo": {"font-weight": "bold"},
    "ending": {"font-weight": "bold"},
    "reh": {"font-weight": "bold"},
    "mNum": {"font-style": "italic"},
}


def _texts(node: ET.Element, inherited: dict[str, str], width_of: Measurer) -> None:
    for kind in node.get("class", "").split():
        inherited = {**inherited, **_STYLES.get(kind, {})}
    for place, child in enumerate(list(node)):
        if child.tag == f"{_SVG}text":
            group = ET.Element(f"{_SVG}g")
            _laid_out(child, group, inherited, width_of)
            node[place] = group
        else:
            _texts(child, inherited, width_of)


def _laid_out(
    text: ET.Element, group: ET.Element, inherited: dict[str, str], width_of: Measurer
) -> None:
    """The runs of a text side by side, each line by its anchor."""
    for x, y, anchor, runs in _lines(text, inherited):
        widths = [_run_width(run, width_of) for run in runs]
        left = x - {"middle": sum(widths) / 2, "end": sum(widths)}.get(anchor, 0.0)
        for run, width in zip(runs, widths, strict=True):
            # QtSvg drops the space before a text, which separates it from the run before.
            before = len(run.text) - len(run.text.lstrip())
            space = _run_width(replace(run, text=run.text[:before]), width_of) if before else 0.0
            group.extend(_drawn(replace(run, text=run.text[before:]), left + space, y))
            left += width


def _lines(
    text: ET.Element, inherited: dict[str, str]
) -> Iterator[tuple[float, float, str, list[_Run]]]:
    """Place, anchor and runs; a span with a place of its own begins a line of its own."""
    x, y = float(text.get("x", 0)), float(text.get("y", 0))
    anchor = text.get("text-anchor", "start")
    runs: list[_Run] = []
    for node, style in _spans(text, inherited):
        if node.get("x") is not None or node.get("y") is not None:
            if runs:
                yield x, y, anchor, runs
            runs = []
            x, y = float(node.get("x", x)), float(node.get("y", y))
            anchor = node.get("text-anchor", anchor)
        content = re.sub(r"[ \t]*\n[ \t]*", "", node.text or "")
        if content and style.get("font-size", "0px") != "0px":
            runs.append(_run(content, style))
    if runs:
        yield x, y, anchor, runs


def _spans(
    node: ET.Element, inherited: dict[str, str]
) -> Iterator[tuple[ET.Element, dict[str, str]]]:
    for child in node:
        own = {**inherited, **{k: v for k, v in child.attrib.items() if k.startswith("font-")}}
        yield child, own
        yield from _spans(child, own)


def _run(text: str, style: Mapping[str, str]) -> _Run:
    return _Run(
        text,
        style.get("font-family", ""),
        float(style["font-size"].removesuffix("px")),
        style.get("font-weight") == "bold",
        style.get("font-style") in ("italic", "oblique"),
    )


def _is_music(run: _Run) -> bool:
    return run.family in _MUSIC_FONTS


def _run_width(run: _Run, width_of: Measurer) -> float:
    if _is_music(run):
        return sum(_glyph(run.family, character)[1] * run.size / 1000 for character in run.text)
    return width_of(run.text, run.family, run.size, run.is_bold, run.is_italic)


def _drawn(run: _Run, left: float, y: float) -> Iterator[ET.Element]:
    if _is_music(run):
        for character in run.text:
            path, advance = _glyph(run.family, character)
            scale = run.size / 1000
            if path:
                yield ET.Element(
                    f"{_SVG}path",
                    {"transform": f"translate({left:.1f},{y:.1f}) scale({scale},{-scale})",
                     "d": path},
                )  # fmt: skip
            left += advance * scale
        return
    attributes = {"x": f"{left:.1f}", "y": f"{y:.1f}", "font-size": f"{run.size:g}",
                  "font-family": run.family or "serif"}  # fmt: skip
    if run.is_bold:
        attributes["font-weight"] = "bold"
    if run.is_italic:
        attributes["font-style"] = "italic"
    node = ET.Element(f"{_SVG}text", attributes)
    node.text = run.text
    yield node


@lru_cache(maxsize=512)
def _glyph(family: str, character: str) -> tuple[str, float]:
    """Path and advance of a music character in thousandths; nothing where the font lacks it."""
    import verovio  # only to find the fonts beside it

    folder = Path(verovio.__file__).parent / "data" / family
    file = folder / f"{ord(character):04X}.xml"
    if not file.is_file():
        return "", 500.0
    found = re.search(r'\sd="([^"]+)"', file.read_text())
    return (found.group(1) if found else ""), _advance(folder, ord(character))


@lru_cache(maxsize=512)
def _advance(folder: Path, number: int) -> float:
    listed = folder.with_suffix(".xml").read_text()
    found = re.search(rf'<g c="{number:04X}"[^>]*?h-a-x="([\d.]+)"', listed)
    return float(found.group(1)) if found else 500.0
