.pragma library
// Reading and writing one staff of a MuseScore score: what stands there as JSON rows, and an
// answer's events as notes. ECMAScript 5, because MuseScore 3 is also built on Qt 5.9.
// `api` carries what only QML sees: {score, Element, Segment, newElement, removeElement}.

var CONTEXT_MEASURES = 16;
var DESTINATION_MEASURES = 16;
var REST = -1;
var VOICES = 4;

// --- revisions ------------------------------------------------------------------------------

// 64 bits of FNV-1a in two lanes with different offsets, as 16 hexadecimal digits.
function revisionOf(text) {
    var a = 0x811c9dc5, b = 0x050c5d1f;
    for (var i = 0; i < text.length; i++) {
        var unit = text.charCodeAt(i);
        a = times(a ^ unit, 0x01000193);
        b = times(b ^ unit ^ (a >>> 24), 0x01000193);
    }
    return hex(a) + hex(b);
}

function times(a, b) {
    var low = (a & 0xffff) * b;
    var high = ((a >>> 16) * b) & 0xffff;
    return (low + high * 65536) >>> 0;
}

function hex(number) {
    return ("0000000" + (number >>> 0).toString(16)).slice(-8);
}

function revisionsOf(rows) {
    return rows.map(function (row) { return row.revision; });
}

// Whether the same measures stand at the same place with the same notes.
function same(rows, others) {
    if (rows.length !== others.length)
        return false;
    for (var i = 0; i < rows.length; i++)
        if (rows[i].tick !== others[i].tick || rows[i].revision !== others[i].revision)
            return false;
    return true;
}

// --- reading --------------------------------------------------------------------------------

// The range selection as {start, end, staff, staves}, or null when there is none.
function selectionOf(api) {
    var cursor = api.score.newCursor();
    cursor.rewind(1);
    if (!cursor.segment)
        return null;
    var start = cursor.tick, staff = cursor.staffIdx;
    cursor.rewind(2);
    // A selection up to the end of the score has no segment after it.
    var end = cursor.segment ? cursor.tick : endOf(api.score);
    return {start: start, end: end, staff: staff, staves: cursor.staffIdx - staff + 1};
}

function endOf(score) {
    return endOfMeasure(score.lastMeasure);
}

// Everything that is asked about a selection: {measures, destination, part, writtenFifths}.
function regionOf(api, selection) {
    var ties = tiesOf(api), window = windowOf(api.score, selection);
    var found = {measures: [], destination: [], part: partOf(api.score, selection.staff)};
    var cursor = api.score.newCursor();
    cursor.rewind(0);
    cursor.staffIdx = selection.staff;
    cursor.voice = 0;
    for (var skipped = 0; skipped < window.skipped; skipped++)
        cursor.nextMeasure();
    var shift = null;
    window.heads.forEach(function (head) {
        var row = {tick: head.tick, ticks: endOfMeasure(head.measure) - head.tick, number: head.number};
        row.key = cursor.keySignature;
        cursor.nextMeasure();
        readInto(api, row, head.measure, selection.staff, ties);
        shift = shift || row.shift;
        (row.tick < selection.end ? found.measures : found.destination).push(row);
    });
    shift = shift || {written: 0, key: 0};
    found.writtenFifths = shift.written;
    found.measures.concat(found.destination).forEach(function (row) { finish(row, shift); });
    return found;
}

// The measures around a selection, and how many lie before them. Only what every measure must
// be asked is asked here, since a score may have thousands.
function windowOf(score, selection) {
    var heads = [], count = 0, skipped = 0, after = 0;
    for (var measure = score.firstMeasure; measure; measure = measure.nextMeasure) {
        if (!measure.irregular)
            count++;
        var tick = measure.firstSegment.tick;
        if (tick >= selection.end && ++after > DESTINATION_MEASURES)
            break;
        heads.push({measure: measure, tick: tick, number: count});
        if (tick <= selection.start && heads.length > CONTEXT_MEASURES + 1) {
            heads.shift();
            skipped++;
        }
    }
    return {heads: heads, skipped: skipped};
}

// By its real length, since a measure that was just appended has no barline yet.
function endOfMeasure(measure) {
    return measure.firstSegment.tick + measure.timesigActual.ticks;
}

function readInto(api, row, measure, staff, ties) {
    row.beats = measure.timesigNominal.numerator;
    row.beat_type = measure.timesigNominal.denominator;
    row.notes = [];
    row.shift = null;
    row.text = [];
    eventsOf(api, measure, staff).forEach(function (events, voice) {
        for (var i = 0; i < events.length; i++) {
            var next = i + 1 < events.length ? events[i + 1].tick : row.tick + row.ticks;
            addEvent(api, row, events[i], next, voice, ties);
        }
    });
}

// The chords and rests of a measure, voice by voice.
function eventsOf(api, measure, staff) {
    var voices = [[], [], [], []], chordRest = api.Segment.ChordRest;
    for (var segment = measure.firstSegment; segment; segment = segment.nextInMeasure) {
        if (segment.segmentType !== chordRest)
            continue;
        var tick = segment.tick;
        for (var voice = 0; voice < VOICES; voice++) {
            var element = segment.elementAt(staff * VOICES + voice);
            if (element)
                voices[voice].push({tick: tick, element: element});
        }
    }
    return voices;
}

function addEvent(api, row, event, next, voice, ties) {
    var element = event.element;
    // Inside a tuplet the written value is too long; after a hidden rest the gap is.
    var ticks = Math.min(next - event.tick, element.duration.ticks);
    var words = [voice, event.tick - row.tick, ticks];
    if (element.type === api.Element.CHORD) {
        var grace = element.graceNotes, notes = element.notes;
        words.push(grace ? grace.length : 0);
        for (var i = 0; i < notes.length; i++) {
            var note = notes[i], pitch = note.pitch, tpc = note.tpc1;
            var tied = isTied(note, pitch, event.tick, voice, ties) ? 1 : 0;
            row.notes.push([event.tick - row.tick, ticks, pitch, tpc, voice, tied]);
            words.push(pitch + "/" + tpc);
            if (!row.shift)
                row.shift = {written: note.tpc2 - note.tpc1, key: note.tpc - note.tpc1};
        }
    }
    row.text.push(words.join(","));
}

// A transposing staff shows a key of its own; the row tells the sounding one.
function finish(row, shift) {
    row.key = withinSeven(row.key - shift.key);
    row.revision = revisionOf([row.ticks, row.key, row.beats, row.beat_type].concat(row.text).join(";"));
    delete row.text;
    delete row.shift;
}

function withinSeven(fifths) {
    while (fifths > 7)
        fifths -= 12;
    while (fifths < -7)
        fifths += 12;
    return fifths;
}

// Early MuseScore 3 does not tell a note's tie, but lists ties after their note in a selection.
function tiesOf(api) {
    var ties = {};
    var elements = api.score.selection ? api.score.selection.elements : [];
    var key = null;
    for (var i = 0; i < elements.length; i++) {
        var element = elements[i];
        if (element.type === api.Element.NOTE)
            key = element.parent.parent.tick + "," + element.track % VOICES + "," + element.pitch;
        else if (element.type === api.Element.TIE && key !== null)
            ties[key] = true;
    }
    return ties;
}

function isTied(note, pitch, tick, voice, ties) {
    if (note.tieForward !== undefined)
        return note.tieForward !== null;
    return ties[tick + "," + voice + "," + pitch] === true;
}

function partOf(score, staff) {
    for (var i = 0; i < score.parts.length; i++) {
        var part = score.parts[i];
        if (part.startTrack <= staff * VOICES && staff * VOICES < part.endTrack) {
            var program = part.midiProgram;
            return {
                name: String(part.partName || part.longName || ""),
                program: program >= 0 && program < 128 ? program : 0,
                is_drums: part.hasDrumStaff === true
            };
        }
    }
    return {name: "", program: 0, is_drums: false};
}

// --- writing --------------------------------------------------------------------------------

// A fresh cursor position: after a note over a barline the old one points to a lost segment.
// The last move is always next(), because nextMeasure() does not tell addNote() where it is.
function moveTo(cursor, tick, staff) {
    cursor.rewind(0);
    cursor.staffIdx = staff;
    cursor.voice = 0;
    while (cursor.segment && endOfMeasure(cursor.measure) < tick)
        cursor.nextMeasure();
    while (cursor.segment && cursor.tick < tick)
        cursor.next();
    if (!cursor.segment || cursor.tick !== tick)
        throw new Error("no place at tick " + tick);
}

// Writes an answer's events from tick `at` on and checks every note of it afterwards.
// Throws if anything is not as it should be; the caller rolls back.
function write(api, staff, at, measures, events, writtenFifths) {
    var missing = at + 1 > endOf(api.score) ? measures : measures - measuresFrom(api.score, at);
    if (missing > 0)
        api.score.appendMeasures(missing);
    clear(api, staff, at, measures);
    var cursor = api.score.newCursor(), placeholders = [];
    moveTo(cursor, at, staff);
    for (var i = 0; i < events.length; i++) {
        var event = events[i], tick = at + event[0];
        if (!cursor.segment || cursor.tick !== tick || crossed(events[i - 1], cursor, at))
            moveTo(cursor, tick, staff);
        cursor.setDuration(event[2], event[3]);
        if (event[4] !== REST) {
            cursor.addNote(event[4]);
        } else if (typeof cursor.addRest === "function") {
            cursor.addRest();
        } else {
            // Early MuseScore 3 writes no rest; a note taken away again leaves one.
            cursor.addNote(60);
            placeholders.push(tick);
        }
    }
    placeholders.forEach(function (place) {
        moveTo(cursor, place, staff);
        api.removeElement(cursor.element);
    });
    spellAndCheck(api, staff, at, measures, events, writtenFifths);
}

function crossed(event, cursor, at) {
    return event !== undefined && at + event[0] < cursor.measure.firstSegment.tick;
}

function measuresFrom(score, tick) {
    var count = 0;
    for (var measure = score.lastMeasure; measure; measure = measure.prevMeasure) {
        if (measure.firstSegment.tick < tick)
            break;
        count++;
    }
    return count;
}

// The measures of an answer, from tick `at` on.
function answerMeasures(score, at, measures) {
    var found = [];
    for (var measure = score.lastMeasure; measure; measure = measure.prevMeasure) {
        if (measure.firstSegment.tick < at)
            break;
        found.unshift(measure);
    }
    return found.slice(0, measures);
}

function clear(api, staff, at, measures) {
    answerMeasures(api.score, at, measures).forEach(function (measure) {
        eventsOf(api, measure, staff)[0].forEach(function (event) {
            if (event.element.type === api.Element.CHORD)
                api.removeElement(event.element);
        });
    });
}

// Gives every note its spelling and makes sure that the staff holds the events and no other note.
function spellAndCheck(api, staff, at, measures, events, writtenFifths) {
    var notes = events.filter(function (event) { return event[4] !== REST; });
    var index = 0, sung = 0;
    answerMeasures(api.score, at, measures).forEach(function (measure) {
        var end = endOfMeasure(measure), found = eventsOf(api, measure, staff)[0];
        found.forEach(function (event, i) {
            if (event.element.type !== api.Element.CHORD)
                return;
            var next = i + 1 < found.length ? found[i + 1].tick : end;
            var asked = notes[index], chord = event.element;
            if (!asked || chord.notes.length !== 1 || chord.notes[0].pitch !== asked[4]
                    || event.tick !== at + asked[0] + sung)
                throw new Error("a wrong note at tick " + event.tick);
            spell(chord.notes[0], asked[5], writtenFifths);
            sung += next - event.tick;
            if (sung > asked[1])
                throw new Error("a note too long at tick " + event.tick);
            if (sung === asked[1]) {
                index++;
                sung = 0;
            }
        });
    });
    if (index !== notes.length || sung)
        throw new Error("only " + index + " of " + notes.length + " notes");
}

function spell(note, tpc, writtenFifths) {
    if (note.tpc1 !== tpc)
        note.tpc1 = tpc;
    var written = respelled(tpc + writtenFifths);
    if (note.tpc2 !== written)
        note.tpc2 = written;
}

// Tonal pitch classes run from F double flat (-1) to B double sharp (33).
function respelled(tpc) {
    while (tpc > 33)
        tpc -= 12;
    while (tpc < -1)
        tpc += 12;
    return tpc;
}
