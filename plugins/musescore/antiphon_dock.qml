// Antiphon's tasks as buttons, and the panel's way into MuseScore.
//4.4 title: "Antiphon: buttons"
//4.4 categoryCode: "composing-arranging-tools"
import QtQuick 2.2
import MuseScore 3.0

MuseScore {
    id: plugin
    menuPath: "Antiphon.Buttons, and commands from the panel"
    description: "Shows Antiphon's tasks as buttons and does what Antiphon's panel asks for"
    version: "0.1.0"
    requiresScore: false
    pluginType: "dock"
    dockArea: "left"
    width: 200
    height: 460

    Component.onCompleted: {
        if (mscoreMajorVersion >= 4) {
            plugin.title = "Antiphon: buttons";
            plugin.categoryCode = "composing-arranging-tools";
        }
    }

    AntiphonDock {
        anchors.fill: parent
        host: plugin
        id: dock
    }

    onRun: dock.listen()
}
