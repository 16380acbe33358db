"""The panel in 简体中文."""

WORDS: dict[str, str] = {}
