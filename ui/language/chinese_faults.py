"""Faults in 简体中文: code, sentence and remedy with the gaps of `antiphon.bridge.errors`."""

FAULT_WORDS: dict[str, tuple[str, str]] = {}
