// Turns the selected measures into pop for a band.
//4.4 title: "Antiphon: restyle for a band"
//4.4 categoryCode: "composing-arranging-tools"
import QtQuick 2.2
import MuseScore 3.0

MuseScore {
    id: plugin
    menuPath: "Antiphon.Restyle for a band"
    description: "Turns the selected measures into pop for a band"
    version: "0.1.0"
    requiresScore: true

    Component.onCompleted: {
        if (mscoreMajorVersion >= 4) {
            plugin.title = "Antiphon: restyle for a band";
            plugin.categoryCode = "composing-arranging-tools";
        }
    }

    AntiphonCommand {
        id: command
        host: plugin
    }

    onRun: command.run("restyle", [["style", "pop"]])
}
