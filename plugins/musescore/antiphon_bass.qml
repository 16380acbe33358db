// Writes a bass for the selected measures.
//4.4 title: "Antiphon: add bass"
//4.4 categoryCode: "composing-arranging-tools"
import QtQuick 2.2
import MuseScore 3.0

MuseScore {
    id: plugin
    menuPath: "Antiphon.Add bass"
    description: "Writes a bass for the selected measures"
    version: "0.1.0"
    requiresScore: true

    Component.onCompleted: {
        if (mscoreMajorVersion >= 4) {
            plugin.title = "Antiphon: add bass";
            plugin.categoryCode = "composing-arranging-tools";
        }
    }

    AntiphonCommand {
        id: command
        host: plugin
    }

    onRun: command.run("bass", [])
}
