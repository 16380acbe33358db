"""Which class draws which page; a page is loaded when it is first turned to."""

from importlib import import_module
from typing import Any

_PAGES = {
    "analysis": ("analysis", "AnalysisPage"),
    "history": ("history", "HistoryPage"),
    "models": ("models", "ModelsPage"),
    "settings": ("settings", "SettingsPage"),
    "welcome": ("welcome", "WelcomePage"),
    "about": ("about", "AboutPage"),
}


def page_class(name: str) -> Any:
    """The class of a page, made with the panel alone. Raises KeyError for no page."""
    module, kind = _PAGES[name]
    return getattr(import_module(f"antiphon.ui.pages.{module}"), kind)
