// Writes alto, tenor and bass under the selected soprano.
//4.4 title: "Antiphon: harmonize for four voices"
//4.4 categoryCode: "composing-arranging-tools"
import QtQuick 2.2
import MuseScore 3.0

MuseScore {
    id: plugin
    menuPath: "Antiphon.Harmonize for four voices"
    description: "Writes alto, tenor and bass under the selected soprano"
    version: "0.1.0"
    requiresScore: true

    Component.onCompleted: {
        if (mscoreMajorVersion >= 4) {
            plugin.title = "Antiphon: harmonize for four voices";
            plugin.categoryCode = "composing-arranging-tools";
        }
    }

    AntiphonCommand {
        id: command
        host: plugin
    }

    onRun: command.run("harmonize", [["as", "satb"]])
}
