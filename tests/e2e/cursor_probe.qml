// Runs the plugin's own reading and writing without a window: `mscore3 -p cursor_probe.qml SCORE`.
// Beside it lie the plugin's scripts, job.json (what to do) and, afterwards, done.json.
import QtQuick 2.2
import MuseScore 3.0
import FileIO 3.0
import "antiphon_score.js" as Score
import "antiphon_write.js" as Write

MuseScore {
    menuPath: "Plugins.Antiphon probe"
    description: "Test of Antiphon's scripts"
    version: "0"

    FileIO { id: job }
    FileIO { id: done }

    onRun: {
        job.source = filePath + "/job.json";
        done.source = filePath + "/done.json";
        var tasks = JSON.parse(job.read()), results = [];
        var api = {score: curScore, Element: Element, Segment: Segment,
                   newElement: newElement, removeElement: removeElement};
        for (var i = 0; i < tasks.length; i++) {
            var task = tasks[i], began = Date.now();
            var result = {before: Score.regionOf(api, task.selection, true)};
            result.milliseconds = Date.now() - began;
            if (task.reply) {
                began = Date.now();
                try {
                    Write.answer(api, task.reply, task.selection.staff);
                    result.fault = null;
                } catch (error) {
                    result.fault = String(error);
                }
                result.writing = Date.now() - began;
                result.after = Score.regionOf(api, task.selection, true);
            }
            results.push(result);
        }
        done.write(JSON.stringify(results));
        writeScore(curScore, filePath + "/after", "mscx");
        writeScore(curScore, filePath + "/after", "musicxml");
        Qt.quit();
    }
}
