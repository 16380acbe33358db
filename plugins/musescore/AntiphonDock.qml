// The tasks as buttons, and a loop that asks Antiphon's service what its panel wants done here.
import QtQuick 2.2
import "antiphon_words.js" as Words

Rectangle {
    id: dock

    property var host: null
    property bool isListening: false
    property int failures: 0

    color: "#f4f4f4"

    AntiphonCommand {
        id: command
        host: dock.host
        stays: true
    }

    // Asks again; after a failure more and more slowly, up to ten seconds.
    Timer {
        id: pause
        onTriggered: dock.poll()
    }

    // A broken callback would end the loop for good.
    Timer {
        interval: 30000
        repeat: true
        running: dock.isListening
        property int last: 0
        onTriggered: {
            if (dock.polls === last)
                dock.poll();
            last = dock.polls;
        }
    }

    property int polls: 0

    function listen() {
        if (!isListening) {
            isListening = true;
            poll();
        }
    }

    function poll() {
        polls++;
        var mine = polls, place = command.readPlace();
        if (!place) {
            again(false);
            return;
        }
        command.place = place;
        command.post("do", Words.seenOf(host), function (reply) {
            if (mine !== dock.polls)
                return;
            dock.again(reply !== null && reply.status !== "fault");
            if (reply && reply.status === "do")
                command.run(reply.what, Words.saidIn(reply));
        });
    }

    function again(isWell) {
        failures = isWell ? 0 : failures + 1;
        pause.interval = isWell ? 1 : Math.min(10000, 500 * failures);
        pause.restart();
    }

    Flow {
        anchors.fill: parent
        anchors.margins: 8
        spacing: 6

        Repeater {
            model: Words.BUTTONS

            Rectangle {
                width: Math.max(72, (dock.width - 24) / 2)
                height: 30
                radius: 4
                color: pointer.pressed ? "#9dbbe0" : pointer.containsMouse ? "#cfdff2" : "#e2e8f0"
                border.color: "#b0bccb"

                Text {
                    anchors.centerIn: parent
                    text: modelData[0]
                    font.pixelSize: 12
                }

                MouseArea {
                    id: pointer
                    anchors.fill: parent
                    hoverEnabled: true
                    onClicked: command.run(modelData[1], modelData[2])
                }
            }
        }
    }
}
