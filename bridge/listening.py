"""The analysis of a phrase for those who may load no model: a child process makes it."""

import subprocess
import sys

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.analysis import Analysis
from antiphon.bridge.music.phrase import Phrase
from antiphon.bridge.protocol.codec import dumps, loads

_LONGEST = 60.0


def analysis_of(phrase: Phrase, seconds: float = _LONGEST) -> Analysis:
    """What is heard in a phrase; blocks for about a second, so run it in a thread.

    Raises AntiphonError: "deadline-passed" after `seconds`, "model-failed" where it stops.
    """
    command = [sys.executable, "-m", "antiphon.models.listening", "phrase"]
    try:
        done = subprocess.run(
            command, input=dumps(phrase), capture_output=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        raise AntiphonError("deadline-passed") from None
    if done.returncode:
        told = done.stderr.decode(errors="replace").strip().splitlines()
        raise AntiphonError("model-failed", why=told[-1][:200] if told else "it said nothing")
    return loads(Analysis, done.stdout)
