.pragma library
// Reading a MuseScore score: what stands there as JSON rows. ECMAScript 5, because MuseScore 3
// is also built on Qt 5.9. `api` carries what only QML sees:
// {score, Element, Segment, newElement, removeElement}.

var CONTEXT_MEASURES = 16;
var DESTINATION_MEASURES = 16;
var MOST_OTHERS = 64;
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
        if (rows[i].tick !== others[i].tick || rows[i].key !== others[i].key
                || rows[i].revision !== others[i].revision)
            return false;
    return true;
}

// The same for staves beside the selected one.
function sameOthers(staves, others) {
    if (staves.length !== others.length)
        return false;
    for (var i = 0; i < staves.length; i++)
        if (staves[i].staff !== others[i].staff || !same(staves[i].measures, others[i].measures))
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

// Everything that is asked about a selection: {measures, destination, part, chords, others,
// writtenFifths}. `hears` says whether the other staves matter.
function regionOf(api, selection, hears) {
    var ties = tiesOf(api), window = windowOf(api.score, selection);
    var found = {measures: [], destination: [], chords: [], others: []};
    found.part = partOf(api.score, selection.staff);
    var rows = rowsOf(api, window, selection, ties, found.chords);
    rows.forEach(function (row) {
        (row.tick < selection.end ? found.measures : found.destination).push(row);
    });
    found.writtenFifths = rows.length ? rows[0].written : 0;
    rows.forEach(function (row) { delete row.written; });
    if (hears)
        found.others = othersOf(api, window, selection, ties, rows);
    return found;
}

function rowsOf(api, window, selection, ties, chords) {
    var cursor = api.score.newCursor();
    cursor.rewind(0);
    cursor.staffIdx = selection.staff;
    cursor.voice = 0;
    for (var skipped = 0; skipped < window.skipped; skipped++)
        cursor.nextMeasure();
    var shift = null, rows = window.heads.map(function (head) {
        var row = rowAt(head);
        row.key = cursor.keySignature;
        cursor.nextMeasure();
        readInto(api, row, head.measure, selection.staff, ties);
        if (isSelected(row, selection))
            readChords(api, row, head.measure, selection.staff, chords);
        shift = shift || row.shift;
        return row;
    });
    shift = shift || {written: 0, key: 0};
    rows.forEach(function (row) {
        finish(row, row.key - shift.key);
        row.written = shift.written;
    });
    return rows;
}

function rowAt(head) {
    return {tick: head.tick, ticks: endOfMeasure(head.measure) - head.tick, number: head.number};
}

function isSelected(row, selection) {
    return row.tick < selection.end && row.tick + row.ticks > selection.start;
}

// The other staves in the selected measures; what sounds there is in the same key.
function othersOf(api, window, selection, ties, own) {
    var others = [], keys = {};
    own.forEach(function (row) { keys[row.tick] = row.key; });
    var heads = window.heads.filter(function (head) { return isSelected(rowAt(head), selection); });
    for (var staff = 0; staff < api.score.nstaves && others.length < MOST_OTHERS; staff++) {
        if (staff === selection.staff)
            continue;
        var rows = heads.map(function (head) {
            var row = rowAt(head);
            readInto(api, row, head.measure, staff, ties);
            finish(row, keys[row.tick]);
            return row;
        });
        others.push({staff: staff, part: partOf(api.score, staff), measures: rows});
    }
    return others;
}

// The chord symbols of a measure: those of all staves are heard, the staff's own are its text.
function readChords(api, row, measure, staff, chords) {
    harmoniesOf(api, measure).forEach(function (found) {
        chords.push([found.tick, found.text]);
        if (found.staff === staff)
            row.text.push("h" + (found.tick - row.tick) + "," + found.text);
    });
}

function harmoniesOf(api, measure) {
    var found = [], chordRest = api.Segment.ChordRest;
    for (var segment = measure.firstSegment; segment; segment = segment.nextInMeasure) {
        if (segment.segmentType !== chordRest)
            continue;
        var annotations = segment.annotations;
        for (var i = 0; annotations && i < annotations.length; i++) {
            var element = annotations[i];
            if (element.type === api.Element.HARMONY)
                found.push({
                    tick: segment.tick,
                    text: String(element.text),
                    staff: Math.floor(element.track / VOICES),
                    element: element
                });
        }
    }
    return found;
}

// Hashes of a staff's measures from tick `at` on, as many as there are of `count`; null where
// the staff is not there (any more).
function revisionsAt(api, staff, at, count, withChords) {
    if (staff >= api.score.nstaves)
        return null;
    var rows = [], measures = measuresFrom(api.score, at).slice(0, count);
    measures.forEach(function (measure) {
        var row = rowAt({measure: measure, tick: measure.firstSegment.tick, number: 0});
        readInto(api, row, measure, staff, {});
        if (withChords)
            readChords(api, row, measure, staff, []);
        finish(row, 0);
        rows.push(row);
    });
    return revisionsOf(rows);
}

// The measures that begin at tick `at` or later.
function measuresFrom(score, at) {
    var found = [];
    for (var measure = score.lastMeasure; measure; measure = measure.prevMeasure) {
        if (measure.firstSegment.tick < at)
            break;
        found.unshift(measure);
    }
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

// A transposing staff shows a key of its own; the row tells the sounding one, `key`.
function finish(row, key) {
    row.key = withinSeven(key);
    row.revision = revisionOf([row.ticks, row.beats, row.beat_type].concat(row.text).join(";"));
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
