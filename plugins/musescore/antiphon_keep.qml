// Leaves the last answer as it stands, so that no other take replaces it.
//4.4 title: "Antiphon: keep this take"
//4.4 categoryCode: "composing-arranging-tools"
import QtQuick 2.2
import MuseScore 3.0

MuseScore {
    id: plugin
    menuPath: "Antiphon.Keep this take"
    description: "Leaves the last answer as it stands, so that no other take replaces it"
    version: "0.1.0"
    requiresScore: true

    Component.onCompleted: {
        if (mscoreMajorVersion >= 4) {
            plugin.title = "Antiphon: keep this take";
            plugin.categoryCode = "composing-arranging-tools";
        }
    }

    AntiphonCommand {
        id: command
        host: plugin
    }

    onRun: command.run("keep")
}
