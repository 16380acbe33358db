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
    "nothing-to-repeat": [
        "No measures are selected, and there is no earlier answer in this score. Nothing was written.",
        "Select some measures of one staff, then press the key."
    ],
    "answer-edited": [
        "The answer was changed since it was written, so it is yours now. Nothing was written.",
        "Select the measures again to ask for another answer."
    ],
    "not-the-last": [
        "That answer is not the last one in this score. Nothing was written.",
        "Ask again in MuseScore, then choose a take."
    ],
    "no-place": [
        "There is no empty staff for the answer. Nothing was written.",
        "Add an empty staff below, then press the key again."
    ],
    "no-panel": [
        "This plugin does not know where Antiphon's panel is. Nothing was changed.",
        "Install the plugin again with: antiphon install musescore."
    ],
    "bad-reply": [
        "The answer could not be understood. Nothing was written.",
        "Update the plugin with: antiphon install musescore."
    ]
};

// --- one at a time ----------------------------------------------------------------------------

var LONGEST_WAIT = 75000;
// `last` holds, by the score's name, the last answer that stands in it; `shown` what the panel
// was last told is selected.
var state = {since: -LONGEST_WAIT, turn: 0, id: "", last: {}, shown: null};

function isBusy(now) {
    return now >= state.since && now - state.since < LONGEST_WAIT;
}

function begin(now) {
    state.since = now;
    state.turn++;
    state.id = "";
    return state.turn;
}

function end() {
    state.since = -LONGEST_WAIT;
}

// --- asks -------------------------------------------------------------------------------------

// Tasks that go on from the selection alone hear no other staff.
function hears(task) {
    return task !== "continue" && task !== "generate";
}

function askOf(host, task, said, selection) {
    var score = host.curScore;
    return {
        id: newId(Date.now()),
        document: score.scoreName,
        title: String(score.title || ""),
        division: host.division,
        staff: selection ? selection.staff : 0,
        staves: score.nstaves,
        selection: null,
        task: task,
        words: said,
        editor: editorOf(host),
        plugin: host.version,
        ability: {
            tuplets: false,
            parts: typeof score.appendPart === "function",
            scores: typeof host.readScore === "function"
        }
    };
}

function putRegion(asked, region, selection, ours) {
    asked.selection = {start: selection.start, end: selection.end, staves: selection.staves};
    asked.measures = region.measures;
    asked.destination = region.destination;
    asked.part = region.part;
    asked.chords = region.chords;
    asked.others = region.others.map(function (other) {
        return {
            staff: other.staff,
            part: other.part,
            measures: other.measures,
            is_ours: ours.indexOf(other.staff) >= 0
        };
    });
}

// The same question as a new request, for the take of that number.
function sameAsk(asked, number, now) {
    var copy = JSON.parse(JSON.stringify(asked));
    copy.id = newId(now);
    copy.wishes = {first_take: number};
    copy.words = copy.words.filter(function (word) { return word[0] !== "first_take"; });
    if (copy.words.length)
        copy.words.push(["first_take", String(number)]);
    return copy;
}

// --- the panel's commands ---------------------------------------------------------------------

var BUTTONS = [
    ["Continue", "continue", []],
    ["Fill", "fill", []],
    ["Vary", "vary", []],
    ["Chords", "harmonize", [["as", "chords"]]],
    ["Four voices", "harmonize", [["as", "satb"]]],
    ["Bass", "bass", []],
    ["Drums", "drums", []],
    ["Piano", "accompany", [["texture", "piano"]]],
    ["Guitar", "accompany", [["texture", "guitar"]]],
    ["Restyle: pop", "restyle", [["style", "pop"]]],
    ["Restyle: jazz", "restyle", [["style", "jazz"]]],
    ["◀ Take", "previous", []],
    ["Take ▶", "next", []],
    ["Keep", "keep", []],
    ["Cancel", "cancel", []],
    ["Panel", "open", []]
];

// Who listens, as the route `do` wants it.
function seenOf(host) {
    var score = host.curScore;
    return {editor: editorOf(host), document: score ? score.scoreName : "", title: score ? score.title : ""};
}

function editorOf(host) {
    return "MuseScore " + host.mscoreMajorVersion + "." + host.mscoreMinorVersion + "." + host.mscoreUpdateVersion;
}

// A word of a command, "" where it was not said.
function valueOf(said, name) {
    for (var i = 0; i < said.length; i++)
        if (said[i][0] === name)
            return said[i][1];
    return "";
}

// The words of a command from the panel as pairs.
function saidIn(reply) {
    return Object.keys(reply).filter(function (name) {
        return name !== "status" && name !== "what";
    }).map(function (name) { return [name, String(reply[name])]; });
}

// --- answers that stand -------------------------------------------------------------------------

function lastIn(document) {
    return state.last[document] || null;
}

// Whether a key asks what the last answer was asked: the same task over the same music.
function isSameAsk(last, task, said, selection) {
    if (last.asked.task !== task || JSON.stringify(last.said) !== JSON.stringify(said))
        return false;
    var before = last.asked.selection;
    return selection === null || (selection.start === before.start && selection.end === before.end
        && selection.staff === last.asked.staff);
}

// Whether the answer stands where the question was.
function isInPlace(last) {
    return last.symbols || (hears(last.asked.task) && last.written.some(function (one) {
        return one.staff === last.asked.staff;
    }));
}

// The measures that a question's selection touches.
function selectedOf(asked, rows) {
    return rows.filter(function (row) {
        return row.tick < asked.selection.end && row.tick + row.ticks > asked.selection.start;
    });
}

function reportOf(entry, score) {
    var first = entry.written[0], asked = entry.asked;
    return {
        id: asked.id,
        document: asked.document,
        staff: asked.staff,
        start: asked.selection.start,
        end: asked.selection.end,
        at: entry.at,
        take: entry.take,
        task: asked.task,
        selection: score.revisionsOf(selectedOf(asked, entry.region.measures)),
        before: first.before || [],
        after: first.after || []
    };
}

function isEqual(one, other) {
    return JSON.stringify(one) === JSON.stringify(other);
}

// --- replies ----------------------------------------------------------------------------------

// Whether a reply that carries a take is complete and makes sense, before a note is written.
function isTake(reply) {
    if (!isCount(reply.at) || !isCount(reply.take) || !isCount(reply.measures) || !isCount(reply.append))
        return false;
    if (reply.measures < 1 || reply.measures > 512 || typeof reply.musicxml !== "string")
        return false;
    if (!isList(reply.lines) || !isList(reply.parts) || !isList(reply.remarks))
        return false;
    if ((reply.undo_to !== null && !isList(reply.undo_to)) || (reply.chords !== null && !isList(reply.chords)))
        return false;
    return reply.lines.every(isLine) && (reply.chords === null || reply.chords.every(isSymbol));
}

function isLine(line) {
    if (!isCount(line.staff) || !isCount(line.voice) || line.voice > 3 || !isList(line.steps))
        return false;
    var free = 0;
    return line.steps.every(function (step) {
        var isWhole = isList(step) && step.length >= 7 && step.length % 3 === 1 && step.every(isInteger);
        if (!isWhole || step[0] < free || step[1] < 1 || step[2] < 1 || step[3] < 1)
            return false;
        free = step[0] + step[1];
        for (var i = 4; i < step.length; i += 3)
            if (step[i] < -1 || step[i] > 127 || step[i + 1] < -1 || step[i + 1] > 33)
                return false;
        return true;
    });
}

function isSymbol(chord) {
    return isList(chord) && isCount(chord[0]) && typeof chord[1] === "string";
}

function isInteger(value) {
    return typeof value === "number" && value === Math.floor(value);
}

// How long each step took, in milliseconds: reading, waiting, comparing, writing.
function stepsOf(times) {
    return times.slice(1).map(function (time, i) { return time - times[i]; });
}

// What is said about a take that has landed: its number, counted from 1, and three remarks at most.
function noticeOf(reply, remarks) {
    return ["Take " + (reply.take + 1) + "."].concat((remarks || []).concat(reply.remarks).slice(0, 3)).join(" ");
}

// A file name that says what a score of its own holds.
function fileNameOf(reply) {
    return reply.title.replace(/[^A-Za-z0-9]+/g, "-") + "-" + (reply.take + 1) + "-" + reply.id.slice(-6);
}

function isCount(value) {
    return isInteger(value) && value >= 0;
}

function isList(value) {
    return Object.prototype.toString.call(value) === "[object Array]";
}

// A name for a request that no other has: the time and 40 random bits.
function newId(now) {
    var random = Math.floor(Math.random() * 1099511627776).toString(36);
    return "ms-" + now.toString(36) + "-" + ("0000000" + random).slice(-8);
}
