// Antiphon: continue the selected melody. Thin on purpose: what stands in the score goes to
// Antiphon's service on this computer, and what the service answers is written behind it.
import QtQuick 2.2
import QtQuick.Dialogs 1.1
import QtQuick.Window 2.2
import MuseScore 3.0
import FileIO 3.0
import "antiphon_place.js" as Place
import "antiphon_score.js" as Score
import "antiphon_words.js" as Words

MuseScore {
    id: plugin
    menuPath: "Antiphon.Continue melody"
    description: "Continues the selected measures of one staff with Antiphon"
    version: "0.1.0"
    requiresScore: true

    property var asked: null
    property var place: null
    property var xhr: null
    property bool isUndone: false
    property int turn: 0
    property var times: []

    FileIO { id: runFile }

    Timer {
        id: patience
        interval: 30000
        onTriggered: {
            if (plugin.xhr)
                plugin.xhr.abort();
            plugin.post("cancel", {id: plugin.asked.id}, function () {});
            plugin.tell("deadline-passed");
        }
    }

    // A sign of life where an answer takes long.
    Timer {
        id: slowness
        interval: 1000
        onTriggered: notice.show("Antiphon is writing…")
    }

    Timer {
        id: reading
        interval: 250
        repeat: true
        property int left: 20
        onTriggered: {
            left--;
            // The next press has something newer to say.
            if (left > 0 && plugin.turn === Words.state.turn)
                return;
            stop();
            notice.visible = false;
            plugin.quietly();
        }
    }

    // Says what has come without asking for anything: it takes neither keys nor clicks.
    Window {
        id: notice
        flags: Qt.ToolTip | Qt.FramelessWindowHint | Qt.WindowDoesNotAcceptFocus | Qt.WindowTransparentForInput
        width: words.width + 32
        height: words.height + 20
        x: (Screen.desktopAvailableWidth - width) / 2
        y: Screen.desktopAvailableHeight - height - 48
        color: "#2d2d2d"
        visible: false

        Text {
            id: words
            anchors.centerIn: parent
            width: Math.min(implicitWidth, 640)
            wrapMode: Text.WordWrap
            color: "white"
            font.pixelSize: 14
        }

        function show(text) {
            words.text = text;
            visible = true;
        }
    }

    MessageDialog {
        id: message
        title: "Antiphon"
        onAccepted: plugin.leave()
        onRejected: plugin.leave()
    }

    onRun: {
        // An answer is already on its way: a second press in haste changes nothing.
        if (Words.isBusy(Date.now())) {
            quietly();
            return;
        }
        times = [Date.now()];
        turn = Words.begin(times[0]);
        place = readPlace();
        if (!place) {
            tell("service-not-running");
            return;
        }
        ask(Score.selectionOf(api()), false);
    }

    function api() {
        return {score: curScore, Element: Element, Segment: Segment, removeElement: removeElement};
    }

    function readPlace() {
        runFile.source = Place.RUN_FILE;
        if (Place.RUN_FILE === "" || !runFile.exists())
            return null;
        try {
            var found = JSON.parse(runFile.read());
            return found.http_port > 0 && found.token ? found : null;
        } catch (error) {
            return null;
        }
    }

    // --- asking ---------------------------------------------------------------------------

    function ask(selection, isSecond) {
        asked = {
            id: Words.newId(Date.now()),
            document: curScore.scoreName,
            division: division,
            staff: selection ? selection.staff : 0,
            selection: null,
            editor: "MuseScore " + mscoreMajorVersion + "." + mscoreMinorVersion + "." + mscoreUpdateVersion,
            plugin: version,
            ability: {tuplets: false}
        };
        var region = null;
        if (selection) {
            region = Score.regionOf(api(), selection);
            asked.selection = {start: selection.start, end: selection.end, staves: selection.staves};
            asked.measures = region.measures;
            asked.destination = region.destination;
            asked.part = region.part;
        }
        times.push(Date.now());
        patience.restart();
        slowness.restart();
        post("ask", asked, function (reply) { answer(reply, region, isSecond); });
    }

    function post(route, body, then) {
        var request = new XMLHttpRequest();
        request.onreadystatechange = function () {
            if (request.readyState !== XMLHttpRequest.DONE)
                return;
            var reply = null;
            try {
                reply = JSON.parse(request.responseText);
            } catch (error) {
                reply = null;
            }
            try {
                then(request.status === 0 ? null : reply);
            } catch (error) {
                console.log("antiphon: " + error);
                plugin.tell("not-written");
            }
        };
        request.open("POST", "http://127.0.0.1:" + place.http_port + "/antiphon/1/" + route);
        request.setRequestHeader("Authorization", "Bearer " + place.token);
        request.setRequestHeader("Content-Type", "application/json");
        request.send(JSON.stringify(body));
        xhr = request;
    }

    // --- answering ------------------------------------------------------------------------

    function answer(reply, region, isSecond) {
        if (!patience.running)
            return;
        patience.stop();
        slowness.stop();
        if (!reply)
            tell("service-not-running");
        else if (reply.status === "fault")
            say(reply.sentence, reply.remedy);
        else if (reply.status === "read" && !isSecond)
            ask({start: reply.selection.start, end: reply.selection.end, staff: reply.staff, staves: 1}, true);
        else if (reply.status === "take" && region && Words.isTake(reply))
            land(reply, region);
        else
            tell("bad-reply");
    }

    function land(reply, region) {
        times.push(Date.now());
        var before = reply.undo_to ? withoutLast(reply, region) : destination(region);
        if (!before) {
            tell("region-changed");
            return;
        }
        times.push(Date.now());
        curScore.startCmd();
        try {
            Score.write(api(), asked.staff, reply.at, reply.measures, reply.events, region.writtenFifths);
        } catch (error) {
            curScore.endCmd(true);
            // The selection would point to notes that are no more.
            cmd("escape");
            if (isUndone)
                cmd("redo");
            console.log("antiphon: " + error);
            // So that the next press brings another take.
            post("cancel", {id: asked.id}, function () {});
            tell("not-written");
            return;
        }
        curScore.endCmd();
        times.push(Date.now());
        console.log("antiphon: landed after " + (times[times.length - 1] - times[0])
            + " ms; steps " + Words.stepsOf(times).join(", "));
        report(reply, region, before);
    }

    // What follows the selection now, or null if anything is not as it was when we asked.
    function destination(region) {
        var now = readAgain();
        var isSame = now && Score.same(now.measures, region.measures)
            && Score.same(now.destination, region.destination);
        return isSame ? now.destination : null;
    }

    function readAgain() {
        if (!curScore || curScore.scoreName !== asked.document)
            return null;
        var selection = {start: asked.selection.start, end: asked.selection.end, staff: asked.staff};
        return selection.end <= Score.endOf(curScore) ? Score.regionOf(api(), selection) : null;
    }

    // Takes our last answer back by undo, so that one undo takes the new one away too. If the
    // last step was not our answer, it is done again and the answer is written over.
    function withoutLast(reply, region) {
        if (!destination(region))
            return null;
        cmd("undo");
        isUndone = true;
        var now = readAgain();
        var revisions = now ? Score.revisionsOf(now.destination) : null;
        if (revisions && Score.same(now.measures, region.measures)
                && revisions.slice(0, reply.undo_to.length).join() === reply.undo_to.join()
                && (revisions.length === reply.undo_to.length || reply.undo_to.length >= reply.measures))
            return now.destination;
        cmd("redo");
        isUndone = false;
        return destination(region);
    }

    function report(reply, region, before) {
        var now = readAgain();
        var selected = region.measures.filter(function (row) {
            return row.tick + row.ticks > asked.selection.start;
        });
        post("landed", {
            id: asked.id,
            document: asked.document,
            staff: asked.staff,
            start: asked.selection.start,
            end: asked.selection.end,
            at: reply.at,
            take: reply.take,
            selection: Score.revisionsOf(selected),
            before: Score.revisionsOf(before).slice(0, reply.measures),
            after: Score.revisionsOf(now.destination).slice(0, reply.measures)
        }, function () {
            Words.end();
            notice.show(Words.noticeOf(reply));
            reading.start();
        });
    }

    // --- saying ---------------------------------------------------------------------------

    function tell(code) {
        say(Words.WORDS[code][0], Words.WORDS[code][1]);
    }

    function say(sentence, remedy) {
        patience.stop();
        slowness.stop();
        notice.visible = false;
        Words.end();
        console.log("antiphon: " + sentence + " " + remedy);
        message.text = sentence;
        message.informativeText = remedy;
        message.open();
    }

    function leave() {
        Words.end();
        quietly();
    }

    function quietly() {
        (typeof quit === "function" ? quit : Qt.quit)();
    }
}
