"""Calling the service over HTTP, for clients of our own."""

import http.client
import json
from typing import Any

from antiphon.bridge.carriers.http import PREFIX
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.runfile import RunFile

Body = dict[str, Any]


def call(run: RunFile, name: str, body: Body, seconds: float) -> Body:
    """What a POST route answers within `seconds`.

    Raises AntiphonError with the fault it answers, "no-answer" where it does not.
    """
    connection = http.client.HTTPConnection("127.0.0.1", run.http_port, timeout=seconds)
    try:
        headers = {"Authorization": f"Bearer {run.token}"}
        connection.request("POST", PREFIX + name, json.dumps(body).encode(), headers)
        answer = json.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError):
        raise AntiphonError("no-answer") from None
    finally:
        connection.close()
    if not isinstance(answer, dict):
        raise AntiphonError("no-answer")
    if answer.get("status") == "fault":
        words = (str(answer.get(word, "")) for word in ("code", "sentence", "remedy"))
        raise AntiphonError.from_words(*words)
    return answer
