// Opens Antiphon's menu of tasks at the pointer.
//4.4 title: "Antiphon: menu at the pointer"
//4.4 categoryCode: "composing-arranging-tools"
import QtQuick 2.2
import MuseScore 3.0

MuseScore {
    id: plugin
    menuPath: "Antiphon.Menu at the pointer"
    description: "Opens Antiphon's menu of tasks at the pointer"
    version: "0.1.0"
    requiresScore: false

    Component.onCompleted: {
        if (mscoreMajorVersion >= 4) {
            plugin.title = "Antiphon: menu at the pointer";
            plugin.categoryCode = "composing-arranging-tools";
        }
    }

    AntiphonCommand {
        id: command
        host: plugin
    }

    onRun: command.run("menu")
}
