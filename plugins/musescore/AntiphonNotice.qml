// Says what has come without asking for anything: it takes neither keys nor clicks.
import QtQuick 2.2
import QtQuick.Window 2.2

Window {
    id: notice
    flags: Qt.ToolTip | Qt.FramelessWindowHint | Qt.WindowDoesNotAcceptFocus | Qt.WindowTransparentForInput
    width: words.width + 32
    height: words.height + 20
    x: (Screen.desktopAvailableWidth - width) / 2
    y: Screen.desktopAvailableHeight - height - 48
    color: "#2d2d2d"
    visible: false

    Text {
        id: words
        anchors.centerIn: parent
        width: Math.min(implicitWidth, 640)
        wrapMode: Text.WordWrap
        color: "white"
        font.pixelSize: 14
    }

    function show(text) {
        words.text = text;
        visible = true;
    }
}
