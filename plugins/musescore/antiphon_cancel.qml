// Stops the answer that is being written.
//4.4 title: "Antiphon: cancel"
//4.4 categoryCode: "composing-arranging-tools"
import QtQuick 2.2
import MuseScore 3.0

MuseScore {
    id: plugin
    menuPath: "Antiphon.Cancel"
    description: "Stops the answer that is being written"
    version: "0.1.0"
    requiresScore: false

    Component.onCompleted: {
        if (mscoreMajorVersion >= 4) {
            plugin.title = "Antiphon: cancel";
            plugin.categoryCode = "composing-arranging-tools";
        }
    }

    AntiphonCommand {
        id: command
        host: plugin
    }

    onRun: command.run("cancel")
}
