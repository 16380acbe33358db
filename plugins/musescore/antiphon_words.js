.pragma library
// The sentences that the plugin must know by itself, because no service says them: the same
// words as in bridge/errors.py.

var WORDS = {
    "service-not-running": [
        "Antiphon's service is not running. Nothing was written.",
        "Start it with: antiphon serve."
    ],
    "region-changed": [
        "The music changed while the answer was being written. Nothing was written.",
        "Press the key again."
    ],
    "deadline-passed": [
        "The answer took too long. Nothing was written.",
        "Press the key again, or ask for fewer measures."
    ],
    "not-written": [
        "MuseScore did not take the answer as it was meant. Nothing was written.",
        "Press the key again; run: antiphon doctor."
    ],
    "bad-reply": [
        "The answer could not be understood. Nothing was written.",
        "Update the plugin with: antiphon install musescore."
    ]
};

// --- one at a time ----------------------------------------------------------------------------

var LONGEST_WAIT = 30000;
var state = {since: -LONGEST_WAIT, turn: 0};

function isBusy(now) {
    return now >= state.since && now - state.since < LONGEST_WAIT;
}

function begin(now) {
    state.since = now;
    state.turn++;
    return state.turn;
}

function end() {
    state.since = -LONGEST_WAIT;
}

// --- replies ----------------------------------------------------------------------------------

// Whether a reply that carries a take is complete and makes sense, before a note is written.
function isTake(reply) {
    if (!isCount(reply.at) || !isCount(reply.take) || !isCount(reply.measures) || !isCount(reply.append))
        return false;
    if (reply.measures < 1 || reply.measures > 64 || !isList(reply.events) || !isList(reply.remarks))
        return false;
    if (reply.undo_to !== null && !isList(reply.undo_to))
        return false;
    var free = 0;
    for (var i = 0; i < reply.events.length; i++) {
        var event = reply.events[i];
        if (!isList(event) || event.length !== 6)
            return false;
        for (var j = 0; j < 6; j++)
            if (typeof event[j] !== "number" || event[j] !== Math.floor(event[j]))
                return false;
        var isInRange = event[4] >= -1 && event[4] <= 127 && event[5] >= -1 && event[5] <= 33;
        if (event[0] < free || event[1] < 1 || event[2] < 1 || event[3] < 1 || !isInRange)
            return false;
        free = event[0] + event[1];
    }
    return true;
}

// How long each step took, in milliseconds: reading, waiting, comparing, writing.
function stepsOf(times) {
    return times.slice(1).map(function (time, i) { return time - times[i]; });
}

// What is said about a take that has landed: its number, counted from 1, and three remarks at most.
function noticeOf(reply) {
    return ["Take " + (reply.take + 1) + "."].concat(reply.remarks.slice(0, 3)).join(" ");
}

function isCount(value) {
    return typeof value === "number" && value >= 0 && value === Math.floor(value);
}

function isList(value) {
    return Object.prototype.toString.call(value) === "[object Array]";
}

// A name for a request that no other has: the time and 40 random bits.
function newId(now) {
    var random = Math.floor(Math.random() * 1099511627776).toString(36);
    return "ms-" + now.toString(36) + "-" + ("0000000" + random).slice(-8);
}
