// Opens Antiphon's panel.
//4.4 title: "Antiphon: open panel"
//4.4 categoryCode: "composing-arranging-tools"
import QtQuick 2.2
import MuseScore 3.0

MuseScore {
    id: plugin
    menuPath: "Antiphon.Open panel"
    description: "Opens Antiphon's panel"
    version: "0.1.0"
    requiresScore: false

    Component.onCompleted: {
        if (mscoreMajorVersion >= 4) {
            plugin.title = "Antiphon: open panel";
            plugin.categoryCode = "composing-arranging-tools";
        }
    }

    AntiphonCommand {
        id: command
        host: plugin
    }

    onRun: command.run("open")
}
