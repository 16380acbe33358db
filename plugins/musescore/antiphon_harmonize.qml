// Writes chord symbols over the selected measures.
//4.4 title: "Antiphon: harmonize with chord symbols"
//4.4 categoryCode: "composing-arranging-tools"
import QtQuick 2.2
import MuseScore 3.0

MuseScore {
    id: plugin
    menuPath: "Antiphon.Harmonize with chord symbols"
    description: "Writes chord symbols over the selected measures"
    version: "0.1.0"
    requiresScore: true

    Component.onCompleted: {
        if (mscoreMajorVersion >= 4) {
            plugin.title = "Antiphon: harmonize with chord symbols";
            plugin.categoryCode = "composing-arranging-tools";
        }
    }

    AntiphonCommand {
        id: command
        host: plugin
    }

    onRun: command.run("harmonize", [["as", "chords"]])
}
