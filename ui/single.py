"""One panel a person: a second start hands its file over and goes."""

import json

from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtNetwork import QLocalServer, QLocalSocket

_PATIENCE_MS = 500
_MOST = 65_536


class OneWindow(QObject):
    """The name that only one panel listens at; `called` brings the words of later starts."""

    called = pyqtSignal(list)

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self._server: QLocalServer | None = None

    def is_first(self, words: list[str]) -> bool:
        """Whether no panel listens yet; where one does, it is told the words."""
        line = QLocalSocket()
        line.connectToServer(self._name)
        if line.waitForConnected(_PATIENCE_MS):
            line.write(json.dumps(words).encode() + b"\n")
            line.waitForBytesWritten(_PATIENCE_MS)
            line.disconnectFromServer()
            return False
        # What a killed panel left must not keep the next one out.
        QLocalServer.removeServer(self._name)
        self._server = QLocalServer()
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.listen(self._name)
        self._server.newConnection.connect(self._heard)
        return True

    def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()

    def _heard(self) -> None:
        line = self._server.nextPendingConnection() if self._server else None
        if line is None:
            return
        line.waitForReadyRead(_PATIENCE_MS)
        data = bytes(line.read(_MOST))
        line.disconnectFromServer()
        try:
            words = json.loads(data)
        except ValueError:
            return
        if isinstance(words, list):
            self.called.emit([str(word) for word in words])
