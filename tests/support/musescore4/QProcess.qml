// MuseScore's way to start a program; nothing is started here, it is only noted.
import QtQuick 2.15

QtObject {
    property var started: []
    function start(line) {
        if (typeof line !== "string")
            throw new Error("QProcess.start wants one string");
        started.push(line);
    }
    function startWithArgs(program, words) { started.push([program].concat(words).join(" ")); }
    function waitForFinished(ms) { return true; }
}
