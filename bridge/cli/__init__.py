"""The command line: `antiphon TASK …`, `antiphon serve`, `antiphon doctor` and the rest."""

import sys
from collections.abc import Sequence

from antiphon.bridge.cli.parser import build_parser
from antiphon.bridge.errors import AntiphonError, ExitCode


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; a fault is printed as a sentence and a remedy."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    options = build_parser().parse_args(given or ["panel"])
    try:
        return int(options.run(options))
    except AntiphonError as fault:
        print(f"antiphon: {fault.sentence}\n  {fault.remedy}", file=sys.stderr)
        return fault.exit_code
    except BrokenPipeError:
        # The reader of our output left (`| head`); that is its right.
        sys.stderr.close()
        return ExitCode.OK
    except KeyboardInterrupt:
        print("antiphon: stopped. Nothing was written.", file=sys.stderr)
        return ExitCode.CANCELLED
    except Exception as error:
        unexpected = AntiphonError("internal", why=f"{type(error).__name__}: {error}")
        print(f"antiphon: {unexpected.sentence}\n  {unexpected.remedy}", file=sys.stderr)
        return unexpected.exit_code
