// What could not be done, and what to do; Return, Escape or a click closes it.
import QtQuick 2.2
import QtQuick.Window 2.2

Window {
    id: message
    title: "Antiphon"
    flags: Qt.Dialog
    x: (Screen.desktopAvailableWidth - width) / 2
    y: (Screen.desktopAvailableHeight - height) / 3
    width: 480
    height: said.height + todo.height + 96
    color: "#f4f4f4"
    visible: false
    onVisibleChanged: {
        if (!visible)
            closed();
    }

    signal closed

    function tell(sentence, remedy) {
        said.text = sentence;
        todo.text = remedy;
        visible = true;
        requestActivate();
        button.forceActiveFocus();
    }

    Text {
        id: said
        x: 20
        y: 18
        width: 440
        wrapMode: Text.WordWrap
        font.pixelSize: 15
        font.bold: true
    }

    Text {
        id: todo
        x: 20
        y: said.height + 28
        width: 440
        wrapMode: Text.WordWrap
        font.pixelSize: 14
    }

    Rectangle {
        id: button
        width: 88
        height: 30
        x: 480 - width - 20
        y: message.height - height - 14
        radius: 4
        color: "#3572b0"
        focus: true
        Keys.onReturnPressed: message.visible = false
        Keys.onEnterPressed: message.visible = false
        Keys.onEscapePressed: message.visible = false

        Text {
            anchors.centerIn: parent
            text: "OK"
            color: "white"
        }

        MouseArea {
            anchors.fill: parent
            onClicked: message.visible = false
        }
    }
}
