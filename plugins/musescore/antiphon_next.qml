// Puts the next take in place of the last answer.
//4.4 title: "Antiphon: next take"
//4.4 categoryCode: "composing-arranging-tools"
import QtQuick 2.2
import MuseScore 3.0

MuseScore {
    id: plugin
    menuPath: "Antiphon.Next take"
    description: "Puts the next take in place of the last answer"
    version: "0.1.0"
    requiresScore: true

    Component.onCompleted: {
        if (mscoreMajorVersion >= 4) {
            plugin.title = "Antiphon: next take";
            plugin.categoryCode = "composing-arranging-tools";
        }
    }

    AntiphonCommand {
        id: command
        host: plugin
    }

    onRun: command.run("next")
}
