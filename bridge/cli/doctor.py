"""`antiphon doctor`: what was checked, what is wrong, and how to mend it."""

import argparse
import json

from antiphon.bridge.doctor import State, examine
from antiphon.bridge.errors import ExitCode
from antiphon.bridge.protocol.codec import to_json

_MARKS = {State.GOOD: "✓", State.WARN: "!", State.BAD: "✗"}


def run(options: argparse.Namespace) -> int:
    """Print the findings; the exit code is 1 if something must be mended."""
    findings = examine()
    if options.json:
        print(json.dumps([to_json(finding) for finding in findings], ensure_ascii=False, indent=2))
    else:
        for finding in findings:
            print(f"{_MARKS[finding.state]} {finding.name}: {finding.sentence}")
            if finding.remedy:
                print(f"    {finding.remedy}")
    bad = any(finding.state is State.BAD for finding in findings)
    return ExitCode.FAILED if bad else ExitCode.OK
