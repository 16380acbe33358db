// What all of Antiphon's commands do: read the score, ask Antiphon's service on this computer,
// and write what it answers. `host` is the plugin that holds this.
import QtQuick 2.2
import FileIO 3.0
import MuseScore 3.0
import "antiphon_place.js" as Place
import "antiphon_score.js" as Score
import "antiphon_write.js" as Write
import "antiphon_words.js" as Words

Item {
    id: command

    property var host: null
    // A dock stays when a command is done; a plugin of one command leaves.
    property bool stays: false
    property var asked: null
    property var region: null
    property var place: null
    property var xhr: null
    property var waiting: null
    property int turn: 0
    property var times: []

    FileIO { id: runFile }
    FileIO { id: newScore }
    QProcess { id: starter }

    Timer {
        id: patience
        interval: Words.LONGEST_WAIT
        onTriggered: {
            if (command.xhr)
                command.xhr.abort();
            command.post("cancel", {id: command.asked.id}, function () {});
            command.tell("deadline-passed");
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
            if (left > 0 && command.turn === Words.state.turn)
                return;
            stop();
            notice.visible = false;
            command.leave();
        }
    }

    // Waits for a service that was just started.
    Timer {
        id: starting
        interval: 300
        repeat: true
        property int left: 0
        property var then: null
        onTriggered: {
            command.place = command.readPlace();
            if (!command.place && --left > 0)
                return;
            stop();
            if (command.place)
                then();
            else
                command.tell("service-not-running");
        }
    }

    // So that a person reads that a new score comes before it does.
    Timer {
        id: opening
        interval: 1500
        property string path: ""
        onTriggered: {
            command.host.readScore(path, false);
            command.done(Words.noticeOf(command.waiting), {});
        }
    }

    AntiphonNotice { id: notice }

    AntiphonMessage {
        id: message
        onClosed: command.leave()
    }

    // --- beginning ----------------------------------------------------------------------------

    // `what` is a task's word, next, previous, keep, cancel or open; `said` its words as pairs.
    function run(what, said) {
        if (what === "cancel") {
            cancel();
            return;
        }
        // An answer is already on its way: a second press in haste changes nothing.
        if (Words.isBusy(Date.now())) {
            leave();
            return;
        }
        times = [Date.now()];
        turn = Words.begin(times[0]);
        if (what === "open" || what === "menu") {
            openPanel(what === "menu" ? Place.MENU : Place.PANEL);
            return;
        }
        place = readPlace();
        if (place) {
            proceed(what, said || []);
        } else if (Place.SERVE === "") {
            tell("service-not-running");
        } else {
            notice.show("Antiphon's service is being started…");
            starting.left = 60;
            starting.then = function () { command.proceed(what, said || []); };
            starter.start(Place.SERVE);
            starting.start();
        }
    }

    function proceed(what, said) {
        if (!host.curScore)
            tell("nothing-to-repeat");
        else if (what === "next" || what === "previous")
            another(what === "next" ? 1 : -1);
        else if (what === "keep")
            keep();
        else if (what === "region")
            show();
        else if (what === "put")
            put(Words.valueOf(said, "id"), Number(Words.valueOf(said, "number")));
        else
            begin(what, said);
    }

    function api() {
        return {
            score: host.curScore,
            Element: host.Element,
            Segment: host.Segment,
            newElement: host.newElement,
            removeElement: host.removeElement
        };
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

    // --- asking -------------------------------------------------------------------------------

    function begin(task, said) {
        var selection = Score.selectionOf(api());
        var last = Words.lastIn(host.curScore.scoreName);
        // The same key on the same music asks for the next take of the answer that stands there.
        if (last && Words.isSameAsk(last, task, said, selection) && standing(last) !== "edited"
                && sourceStands(last)) {
            another(1);
            return;
        }
        ask(task, said, selection, false);
    }

    function ask(task, said, selection, isSecond) {
        asked = Words.askOf(host, task, said, selection);
        region = null;
        if (selection) {
            region = Score.regionOf(api(), selection, Words.hears(task));
            Words.putRegion(asked, region, selection, ours(selection));
        }
        send(task, said, isSecond);
    }

    function send(task, said, isSecond) {
        times.push(Date.now());
        Words.state.id = asked.id;
        patience.restart();
        slowness.restart();
        post("ask", asked, function (reply) { command.answer(reply, task, said, isSecond); });
    }

    // The other staves that hold our last answer, unchanged: it may be written over.
    function ours(selection) {
        var last = Words.lastIn(host.curScore.scoreName);
        if (!last || last.at > selection.start || standing(last) !== "here")
            return [];
        return last.written.map(function (one) { return one.staff; });
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
                command.tell("not-written");
            }
        };
        request.open("POST", "http://127.0.0.1:" + place.http_port + "/antiphon/1/" + route);
        request.setRequestHeader("Authorization", "Bearer " + place.token);
        request.setRequestHeader("Content-Type", "application/json");
        request.send(JSON.stringify(body));
        xhr = request;
    }

    // --- answering ----------------------------------------------------------------------------

    function answer(reply, task, said, isSecond) {
        if (!patience.running)
            return;
        patience.stop();
        slowness.stop();
        if (!reply)
            tell("service-not-running");
        else if (reply.status === "fault" && reply.code === "cancelled")
            done(reply.sentence, {});
        else if (reply.status === "fault")
            say(reply.sentence, reply.remedy);
        else if (reply.status === "read" && !isSecond)
            ask(task, said, {start: reply.selection.start, end: reply.selection.end, staff: reply.staff, staves: 1}, true);
        else if (reply.status === "take" && region && Words.isTake(reply))
            land(reply, said);
        else
            tell("bad-reply");
    }

    function land(reply, said) {
        times.push(Date.now());
        if (!isAsAsked(reply)) {
            tell("region-changed");
            return;
        }
        if (reply.musicxml !== "") {
            openScore(reply);
            return;
        }
        var written = Write.stavesOf(reply).map(function (staff) {
            return {staff: staff, before: command.revisions(staff, reply)};
        });
        if (written.length === 0)
            written = [{staff: asked.staff, before: revisions(asked.staff, reply)}];
        var entry = {asked: asked, region: region, said: said, at: reply.at, measures: reply.measures,
                     append: reply.append, symbols: reply.chords !== null, written: written, reply: reply};
        if (reply.undo_to)
            takeBack(entry, reply.undo_to);
        write(entry, reply);
    }

    // Whether what was asked about, and where the answer goes, is as it was when we asked.
    function isAsAsked(reply) {
        var now = readAgain(asked, region), staves = Write.stavesOf(reply);
        function isMeant(other) {
            return staves.indexOf(other.staff) >= 0;
        }
        return now !== null
            && Score.same(Words.selectedOf(asked, now.measures), Words.selectedOf(asked, region.measures))
            && (Words.hears(asked.task) || Score.same(now.destination.slice(0, reply.measures),
                                                      region.destination.slice(0, reply.measures)))
            && Score.sameOthers(now.others.filter(isMeant), region.others.filter(isMeant));
    }

    function readAgain(body, before) {
        if (!host.curScore || host.curScore.scoreName !== body.document || host.curScore.nstaves !== body.staves)
            return null;
        var selection = {start: body.selection.start, end: body.selection.end, staff: body.staff};
        if (selection.end > Score.endOf(host.curScore))
            return null;
        return Score.regionOf(api(), selection, before.others.length > 0);
    }

    function revisions(staff, entry) {
        return Score.revisionsAt(api(), staff, entry.at, entry.measures, entry.symbols || entry.chords);
    }

    // After a restart only the service knows our last answer: takes it back by undo if it was
    // the last step, so that one undo takes the new one away too.
    function takeBack(entry, before) {
        host.cmd("undo");
        var now = revisions(asked.staff, entry);
        if (now && now.slice(0, before.length).join() === before.join() && now.length <= Math.max(before.length, entry.measures)) {
            entry.written[0].before = now;
            return;
        }
        host.cmd("redo");
    }

    function write(entry, reply) {
        times.push(Date.now());
        begun(reply.title);
        var result = null;
        try {
            result = Write.answer(api(), reply, entry.asked.staff);
        } catch (error) {
            host.curScore.endCmd(true);
            // The selection would point to notes that are no more.
            host.cmd("escape");
            if (entry.isUndone)
                host.cmd("redo");
            console.log("antiphon: " + error);
            // So that the next press brings another take.
            post("cancel", {id: entry.asked.id}, function () {});
            tell("not-written");
            return;
        }
        host.curScore.endCmd();
        times.push(Date.now());
        console.log("antiphon: landed after " + (times[times.length - 1] - times[0])
            + " ms; steps " + Words.stepsOf(times).join(", "));
        remember(entry, reply, result);
    }

    function begun(title) {
        if (host.mscoreMajorVersion >= 4)
            host.curScore.startCmd(title);
        else
            host.curScore.startCmd();
    }

    function remember(entry, reply, result) {
        entry.take = reply.take;
        entry.at = reply.at;
        entry.measures = reply.measures;
        entry.written.forEach(function (one) { one.after = command.revisions(one.staff, entry); });
        Words.state.last[entry.asked.document] = entry;
        var remarks = result.tiesLeftOut ? ["Some ties could not be written."] : [];
        done(Words.noticeOf(reply, remarks), Words.reportOf(entry, Score));
    }

    // The end of a command that has done something.
    function done(text, report) {
        Words.end();
        console.log("antiphon: " + text);
        if (report.id)
            post("landed", report, function () {});
        notice.show(text);
        reading.left = 20;
        reading.start();
    }

    function openScore(reply) {
        if (typeof host.readScore !== "function") {
            tell("no-place");
            return;
        }
        newScore.source = newScore.tempPath() + "/" + Words.fileNameOf(reply) + ".musicxml";
        newScore.write(reply.musicxml);
        waiting = reply;
        notice.show("No empty staff for it: the answer opens as a new score.");
        console.log("antiphon: the answer opens as " + newScore.source);
        opening.path = newScore.source;
        opening.start();
    }

    // --- takes --------------------------------------------------------------------------------

    // Asks for the take after (or before) the one that stands in the score.
    function another(step) {
        var last = Words.lastIn(host.curScore.scoreName);
        if (!last)
            tell("nothing-to-repeat");
        else if (last.take + step < 0)
            done("This is the first take.", {});
        else if (standing(last) === "edited")
            tell("answer-edited");
        else if (!sourceStands(last))
            tell("region-changed");
        else
            fetch(last, last.take + step);
    }

    // The panel asks for one take of a request that it shows.
    function put(id, number) {
        var last = Words.lastIn(host.curScore.scoreName);
        if (!last || last.asked.id !== id)
            putShown(id, number);
        else if (standing(last) === "edited")
            tell("answer-edited");
        else
            fetch(last, number);
    }

    // The panel asked about what we showed it, and one of its takes shall land there.
    function putShown(id, number) {
        var shown = Words.state.shown;
        if (!shown || shown.body.document !== host.curScore.scoreName) {
            tell("not-the-last");
            return;
        }
        times.push(Date.now());
        asked = JSON.parse(JSON.stringify(shown.body));
        asked.id = id;
        region = shown.region;
        Words.state.id = id;
        patience.restart();
        slowness.restart();
        post("again", {id: id, number: number, region: shown.body}, function (reply) {
            if (reply && reply.task)
                command.asked.task = reply.task;
            command.answer(reply, "", [], true);
        });
    }

    // The panel asks what is selected; where nothing is, it goes without an answer.
    function show() {
        var selection = Score.selectionOf(api());
        Words.end();
        if (!selection) {
            leave();
            return;
        }
        var body = Words.askOf(host, "fill", [], selection);
        var shown = Score.regionOf(api(), selection, true);
        Words.putRegion(body, shown, selection, ours(selection));
        Words.state.shown = {body: body, region: shown};
        post("region", body, function () { command.leave(); });
    }

    function fetch(last, number) {
        times.push(Date.now());
        asked = last.asked;
        Words.state.id = asked.id;
        patience.restart();
        slowness.restart();
        post("again", {id: asked.id, number: number}, function (reply) {
            var isUnknown = reply && reply.status === "fault"
                && (reply.code === "unknown-request" || reply.code === "bad-request");
            if (isUnknown && patience.running)
                command.fetchAnew(last, number);
            else
                command.exchanged(last, reply);
        });
    }

    // A service that does not know the request any more is asked it once again.
    function fetchAnew(last, number) {
        asked = Words.sameAsk(last.asked, number, Date.now());
        last.asked = asked;
        Words.state.id = asked.id;
        post("ask", asked, function (reply) { command.exchanged(last, reply); });
    }

    function exchanged(last, reply) {
        if (!patience.running)
            return;
        patience.stop();
        slowness.stop();
        if (!reply)
            tell("service-not-running");
        else if (reply.status === "fault" && reply.code === "cancelled")
            done(reply.sentence, {});
        else if (reply.status === "fault")
            say(reply.sentence, reply.remedy);
        else if (reply.status !== "take" || !Words.isTake(reply))
            tell("bad-reply");
        else if (standing(last) === "edited")
            tell("answer-edited");
        else
            replace(last, reply);
    }

    function replace(last, reply) {
        times.push(Date.now());
        var isAway = standing(last) === "away";
        last.isUndone = !isAway && undone(last);
        // The staves of a part that was appended are still there.
        if (!isAway && !last.isUndone)
            reply.parts = [];
        last.reply = reply;
        write(last, reply);
    }

    // Whether undo took exactly our answer away, so that one undo takes the next take away too.
    function undone(last) {
        host.cmd("undo");
        if (standing(last) === "away")
            return true;
        host.cmd("redo");
        return false;
    }

    // How our last answer stands in the score that is open: "here" as we wrote it, "away" with
    // what was there before, or "edited".
    function standing(last) {
        function holds(when) {
            return last.written.every(function (one) {
                return Words.isEqual(command.revisions(one.staff, last), one[when]);
            });
        }
        if (host.curScore.scoreName !== last.asked.document)
            return "edited";
        return holds("after") ? "here" : holds("before") ? "away" : "edited";
    }

    // Whether the selected measures still hold the music that was asked about.
    function sourceStands(last) {
        if (Words.isInPlace(last))
            return true;
        var selected = Words.selectedOf(last.asked, last.region.measures), start = selected[0].tick;
        var now = Score.revisionsAt(api(), last.asked.staff, start, selected.length, true);
        return Words.isEqual(now, Score.revisionsOf(selected));
    }

    function keep() {
        var last = Words.lastIn(host.curScore.scoreName);
        if (!last) {
            tell("nothing-to-repeat");
            return;
        }
        delete Words.state.last[host.curScore.scoreName];
        done("Take " + (last.take + 1) + " is kept.", {});
    }

    function cancel() {
        place = readPlace();
        turn = Words.state.turn;
        if (place && Words.isBusy(Date.now()) && Words.state.id !== "")
            post("cancel", {id: Words.state.id}, function () { command.leave(); });
        else
            leave();
    }

    // The panel, or its menu of tasks at the pointer.
    function openPanel(line) {
        if (line === "") {
            tell("no-panel");
            return;
        }
        starter.start(line);
        if (line === Place.MENU)
            leave();
        else
            done("Antiphon's panel is being opened.", {});
    }

    // --- saying -------------------------------------------------------------------------------

    function tell(code) {
        say(Words.WORDS[code][0], Words.WORDS[code][1]);
    }

    function say(sentence, remedy) {
        patience.stop();
        slowness.stop();
        notice.visible = false;
        Words.end();
        console.log("antiphon: " + sentence + " " + remedy);
        message.tell(sentence, remedy);
    }

    function leave() {
        if (turn === Words.state.turn)
            Words.end();
        // In MuseScore 3 a command ends by itself, and Qt.quit() would close the dock.
        if (!stays && host.mscoreMajorVersion >= 4)
            (typeof host.quit === "function" ? host.quit : Qt.quit)();
    }
}
