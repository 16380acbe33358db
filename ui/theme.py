"""How the panel looks: two palettes, one type scale, one spacing scale, one stylesheet.

Every pair of `TEXT_PAIRS` reaches a contrast of 4.5:1 (WCAG 2.2, 1.4.3), every pair of
`SHAPE_PAIRS` 3:1 (1.4.11); a test holds it.
"""

from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from string import Template

from PyQt6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette

from antiphon.ui.sheet import SHEET

FAMILIES = ("Inter", "Segoe UI", "SF Pro Text", "Noto Sans", "Cantarell", "Ubuntu")
CJK = ("Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei",
       "WenQuanYi Micro Hei")  # fmt: skip
# Type scale and spacing at 100 %, in pixels.
SMALL, BODY, STRONG, TITLE = 12, 13, 15, 20


@dataclass(frozen=True, slots=True)
class Colours:
    """One palette by role; each is "#rrggbb"."""

    is_dark: bool
    window: str
    surface: str
    sunken: str
    line: str
    edge: str
    text: str
    muted: str
    accent: str
    accent_hover: str
    on_accent: str
    soft: str
    on_soft: str
    danger: str
    danger_soft: str
    good: str
    star: str
    thumb: str


LIGHT = Colours(
    False, window="#f4f2ee", surface="#ffffff", sunken="#eae7e1", line="#dcd8d0", edge="#857f74",
    text="#211f1b", muted="#5d574d", accent="#1558b0", accent_hover="#0f478f",
    on_accent="#ffffff", soft="#dfeaf8", on_soft="#123f7c", danger="#9c2318",
    danger_soft="#fbe7e3", good="#1c6a3a", star="#8a5a00", thumb="#c9c3b8",
)  # fmt: skip
DARK = Colours(
    True, window="#1a1b1e", surface="#232528", sunken="#2c2e33", line="#383b41", edge="#7b818b",
    text="#eeece8", muted="#b1b4ba", accent="#8ab6f2", accent_hover="#a8c9f7",
    on_accent="#0d1b2e", soft="#263750", on_soft="#cfe2fb", danger="#ff9f92",
    danger_soft="#452320", good="#7fd09b", star="#f0c45c", thumb="#54585f",
)  # fmt: skip
TEXT_PAIRS = (
    ("text", "window"), ("text", "surface"), ("text", "sunken"), ("muted", "window"),
    ("muted", "surface"), ("muted", "sunken"), ("on_accent", "accent"),
    ("on_accent", "accent_hover"), ("on_soft", "soft"), ("accent", "surface"),
    ("accent", "window"), ("danger", "danger_soft"), ("danger", "window"), ("text", "danger_soft"),
    ("good", "window"), ("good", "surface"), ("star", "surface"),
)  # fmt: skip
SHAPE_PAIRS = (("edge", "surface"), ("edge", "window"), ("accent", "soft"), ("edge", "sunken"))


@dataclass(frozen=True, slots=True)
class Look:
    """A palette at a zoom."""

    colours: Colours
    zoom: float = 1.0

    def px(self, size: float) -> int:
        """A length of the 100 % drawing, in pixels of this zoom."""
        return max(1, round(size * self.zoom))

    def colour(self, role: str) -> QColor:
        """The colour of a role."""
        return QColor(getattr(self.colours, role))

    def sheet(self) -> str:
        """The stylesheet of the whole panel."""
        named = {r: getattr(self.colours, r) for r in Colours.__slots__ if r != "is_dark"}
        sizes = {f"p{size}": f"{self.px(size)}px" for size in range(1, 61)}
        return Template(SHEET).substitute(named | sizes | self._pictures())

    def _pictures(self) -> dict[str, str]:
        folder = Path(str(resources.files("antiphon.ui.images"))).as_posix()
        theme = "dark" if self.colours.is_dark else "light"
        places = {"arrow": "down", "up": "up", "tick": "tick"}
        return {gap: f'"{folder}/{name}_{theme}.svg"' for gap, name in places.items()}

    def palette(self) -> QPalette:
        """The palette for what the stylesheet does not reach, and for the drawings."""
        found = QPalette()
        roles = {
            QPalette.ColorRole.Window: "window",
            QPalette.ColorRole.WindowText: "text",
            QPalette.ColorRole.Base: "surface",
            QPalette.ColorRole.AlternateBase: "sunken",
            QPalette.ColorRole.Text: "text",
            QPalette.ColorRole.PlaceholderText: "muted",
            QPalette.ColorRole.Button: "surface",
            QPalette.ColorRole.ButtonText: "text",
            QPalette.ColorRole.Highlight: "accent",
            QPalette.ColorRole.HighlightedText: "on_accent",
            QPalette.ColorRole.ToolTipBase: "sunken",
            QPalette.ColorRole.ToolTipText: "text",
            QPalette.ColorRole.Link: "accent",
            QPalette.ColorRole.Mid: "edge",
            QPalette.ColorRole.Light: "line",
        }
        for role, name in roles.items():
            found.setColor(role, self.colour(name))
        return found

    def font(self) -> QFont:
        """The body font: the best family that is there, then one with Chinese letters."""
        there = set(QFontDatabase.families())
        font = QFont()
        font.setFamilies([name for name in (*FAMILIES, *CJK) if name in there] or [font.family()])
        font.setPixelSize(self.px(BODY))
        return font


def look_for(theme: str, zoom: float) -> Look:
    """The look of a theme: "light", "dark", or the system's own for "system"."""
    if theme == "system":
        hints = QGuiApplication.styleHints()
        theme = "dark" if hints is not None and hints.colorScheme().name == "Dark" else "light"
    return Look(DARK if theme == "dark" else LIGHT, zoom)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21, as WCAG 2 defines it."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
