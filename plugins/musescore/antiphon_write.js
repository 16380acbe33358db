.pragma library
.import "antiphon_score.js" as Score
// Writing an answer into a MuseScore score: chords, rests and ties of several voices and staves,
// and chord symbols. ECMAScript 5. `api` is that of antiphon_score.js.

var REST = -1;
var VOICES = 4;
var HIGHEST_VOICE = 3;
var WHOLE = 1920;
// On a drum staff early MuseScore 3 enters the drum that is selected, in that drum's voice; this
// one is in the first voice.
var HI_HAT = 42;
// What a step carries before its heads, and what each head carries.
var STEP = 4, HEAD = 3;

// Writes all of an answer and checks every note of it afterwards. Throws if anything is not as
// it should be; the caller rolls back. Returns {tiesLeftOut}.
function answer(api, reply, staff) {
    var score = api.score;
    reply.parts.forEach(function (instrument) { score.appendPart(instrument); });
    var missing = reply.append ? reply.measures - Score.measuresFrom(score, reply.at).length : 0;
    if (missing > 0)
        score.appendMeasures(missing);
    var measures = Score.measuresFrom(score, reply.at).slice(0, reply.measures);
    stavesOf(reply).forEach(function (written) { clear(api, written, measures); });
    var scratch = isTied(reply) ? openScratch(api, reply, measures) : null;
    reply.lines.forEach(function (line) { writeLine(api, line, reply.at, measures, scratch); });
    if (scratch)
        closeScratch(api, scratch);
    reply.lines.forEach(function (line) { check(api, line, reply.at, measures); });
    if (reply.chords)
        writeChords(api, reply, staff, measures);
    return {tiesLeftOut: isTied(reply) && !scratch};
}

// The staves that an answer writes in, each once.
function stavesOf(reply) {
    var found = [];
    reply.lines.forEach(function (line) {
        if (found.indexOf(line.staff) < 0)
            found.push(line.staff);
    });
    return found;
}

function isTied(reply) {
    return reply.lines.some(function (line) {
        return line.steps.some(function (step) { return headsOf(step).some(opensTie); });
    });
}

function opensTie(head) {
    return head.isTied;
}

function headsOf(step) {
    var heads = [];
    for (var i = STEP; i < step.length && step[i] !== REST; i += HEAD)
        heads.push({pitch: step[i], tpc: step[i + 1], isTied: step[i + 2] === 1});
    return heads;
}

// --- places -----------------------------------------------------------------------------------

// Puts a cursor on a tick of a track, in the way that addNote() understands: the last move is
// always next() (or rewind), because nextMeasure() does not tell addNote() where it is.
function moveTo(api, cursor, tick, track, measures) {
    var anchor = anchorOf(api, tick, track, measures);
    cursor.rewind(0);
    cursor.staffIdx = Math.floor(track / VOICES);
    cursor.voice = 0;
    while (cursor.segment && Score.endOfMeasure(cursor.measure) < anchor)
        cursor.nextMeasure();
    while (cursor.segment && cursor.tick < anchor)
        cursor.next();
    cursor.voice = track % VOICES;
    while (cursor.segment && cursor.tick < tick)
        cursor.next();
    if (!cursor.segment || cursor.tick !== tick)
        throw new Error("no place at tick " + tick);
}

// The last tick, not after this one, where the staff's first voice begins something: that voice
// has no gaps, so it can be walked along.
function anchorOf(api, tick, track, measures) {
    var first = track - track % VOICES, found = tick;
    var measure = measureAt(measures, tick);
    for (var segment = measure ? measure.firstSegment : null; segment; segment = segment.nextInMeasure) {
        if (segment.tick > tick)
            break;
        if (segment.segmentType === api.Segment.ChordRest && segment.elementAt(first))
            found = segment.tick;
    }
    return found;
}

function measureAt(measures, tick) {
    for (var i = measures.length - 1; i >= 0; i--)
        if (measures[i].firstSegment.tick <= tick)
            return measures[i];
    return null;
}

function segmentAt(api, measures, tick) {
    var measure = measureAt(measures, tick);
    for (var segment = measure ? measure.firstSegment : null; segment; segment = segment.nextInMeasure)
        if (segment.tick === tick && segment.segmentType === api.Segment.ChordRest)
            return segment;
    return null;
}

function chordAt(api, measures, tick, track) {
    var segment = segmentAt(api, measures, tick);
    var element = segment ? segment.elementAt(track) : null;
    if (!element || element.type !== api.Element.CHORD)
        throw new Error("no chord at tick " + tick);
    return element;
}

// --- notes ------------------------------------------------------------------------------------

// Makes measures of a staff empty: the first voice rests, the others are gone.
function clear(api, staff, measures) {
    measures.forEach(function (measure) {
        Score.eventsOf(api, measure, staff).forEach(function (events, voice) {
            clearVoice(api, events, measure, staff, voice);
        });
    });
}

function clearVoice(api, events, measure, staff, voice) {
    events.forEach(function (event) {
        if (event.element.type === api.Element.CHORD)
            api.removeElement(event.element);
    });
    if (voice === 0)
        return;
    // What is left are rests.
    Score.eventsOf(api, measure, staff)[voice].forEach(function (event) {
        api.removeElement(event.element);
    });
}

function writeLine(api, line, at, measures, scratch) {
    var cursor = api.score.newCursor(), placeholders = [], track = line.staff * VOICES + line.voice;
    var drums = isDrums(api, line.staff);
    line.steps.forEach(function (step) {
        var tick = at + step[0], heads = headsOf(step);
        // Always anew: what was written may have moved or replaced the place of the cursor.
        moveTo(api, cursor, tick, track, measures);
        cursor.setDuration(step[2], step[3]);
        if (heads.length) {
            cursor.addNote(drums ? HI_HAT : heads[0].pitch);
            var chord = chordAt(api, measures, tick, track);
            if (drums)
                chord.notes[0].pitch = heads[0].pitch;
            addHeads(api, chord, heads, scratch);
        } else if (typeof cursor.addRest === "function") {
            cursor.addRest();
        } else {
            // Early MuseScore 3 writes no rest; a note taken away again leaves one.
            cursor.addNote(drums ? HI_HAT : 60);
            placeholders.push(tick);
        }
    });
    placeholders.forEach(function (tick) { api.removeElement(chordAt(api, measures, tick, track)); });
}

// Adds the notes above the first one, and gives ties to those that have them.
function addHeads(api, chord, heads, scratch) {
    var first = chord.notes[0], shift = first.tpc2 - first.tpc1;
    heads.forEach(function (head, i) {
        var isTied = head.isTied && scratch !== null;
        if (i === 0 && !isTied)
            return;
        // No script can make a tie, but a copy of a tied note has one that waits for its end.
        var note = isTied ? scratch.tied.clone() : api.newElement(api.Element.NOTE);
        note.pitch = head.pitch;
        note.tpc1 = head.tpc;
        note.tpc2 = respelled(head.tpc + shift);
        chord.add(note);
        if (i === 0)
            chord.remove(first);
    });
}

function spellChord(chord, heads) {
    for (var i = 0; i < chord.notes.length; i++) {
        var note = chord.notes[i];
        for (var j = 0; j < heads.length; j++)
            if (heads[j].pitch === note.pitch)
                spell(note, heads[j].tpc, note.tpc2 - note.tpc1);
    }
}

function spell(note, tpc, shift) {
    if (note.tpc1 !== tpc)
        note.tpc1 = tpc;
    var written = respelled(tpc + shift);
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

// Spells the notes of a voice, which MuseScore does by itself until the last is written, and
// makes sure that it holds the steps and nothing else.
function check(api, line, at, measures) {
    var wanted = line.steps.filter(function (step) { return headsOf(step).length > 0; }), index = 0;
    var drums = isDrums(api, line.staff);
    measures.forEach(function (measure) {
        Score.eventsOf(api, measure, line.staff)[line.voice].forEach(function (event) {
            if (event.element.type !== api.Element.CHORD)
                return;
            var step = wanted[index++];
            if (!step || event.tick !== at + step[0] || event.element.duration.ticks !== step[1]
                    || pitchesOf(event.element) !== pitchesIn(step))
                throw new Error("a wrong note at tick " + event.tick);
            if (!drums)
                spellChord(event.element, headsOf(step));
        });
    });
    if (index !== wanted.length)
        throw new Error("only " + index + " of " + wanted.length + " chords");
}

function pitchesOf(chord) {
    var found = [];
    for (var i = 0; i < chord.notes.length; i++)
        found.push(chord.notes[i].pitch);
    return found.sort().join();
}

function pitchesIn(step) {
    return headsOf(step).map(function (head) { return head.pitch; }).sort().join();
}

// --- a scratch voice ----------------------------------------------------------------------------

// Writes one long note over a barline in a voice that nobody uses: MuseScore ties it. It is
// gone again before the command ends. null where there is no such place.
function openScratch(api, reply, measures) {
    var own = measures.length > 1 ? measures : around(api.score, measures[0]);
    for (var i = 0; own.length > 1 && i < reply.lines.length; i++) {
        var staff = reply.lines[i].staff;
        if (!isFree(api, own, staff) || isDrums(api, staff))
            continue;
        var scratch = {measures: own, staff: staff, tied: null};
        writeScratch(api, scratch);
        scratch.tied = chordAt(api, own, own[0].firstSegment.tick, staff * VOICES + HIGHEST_VOICE).notes[0];
        return scratch;
    }
    return null;
}

function isDrums(api, staff) {
    return Score.partOf(api.score, staff).is_drums;
}

// A measure with a neighbour, in order.
function around(score, measure) {
    if (measure.nextMeasure)
        return [measure, measure.nextMeasure];
    return measure.prevMeasure ? [measure.prevMeasure, measure] : [measure];
}

function isFree(api, measures, staff) {
    return measures.every(function (measure) {
        return Score.eventsOf(api, measure, staff)[HIGHEST_VOICE].length === 0;
    });
}

// The shortest plain or dotted value that is longer than the first measure.
function writeScratch(api, scratch) {
    var measure = scratch.measures[0], tick = measure.firstSegment.tick;
    var length = Score.endOfMeasure(measure) - tick, value = [1, 32];
    for (var power = 32; power >= 1 && ticksOf(value) <= length; power /= 2) {
        value = [1, power];
        if (ticksOf(value) <= length)
            value = [3, 2 * power];
    }
    if (ticksOf(value) <= length)
        value = [2, 1];
    var cursor = api.score.newCursor();
    moveTo(api, cursor, tick, scratch.staff * VOICES + HIGHEST_VOICE, scratch.measures);
    cursor.setDuration(value[0], value[1]);
    cursor.addNote(60);
}

function ticksOf(value) {
    return WHOLE * value[0] / value[1];
}

// Writing the long note again makes MuseScore look for the ends of all ties that wait for one.
function closeScratch(api, scratch) {
    writeScratch(api, scratch);
    clearHighest(api, scratch.measures, scratch.staff);
}

function clearHighest(api, measures, staff) {
    measures.forEach(function (measure) {
        var events = Score.eventsOf(api, measure, staff)[HIGHEST_VOICE];
        clearVoice(api, events, measure, staff, HIGHEST_VOICE);
    });
}

// --- chord symbols ------------------------------------------------------------------------------

function writeChords(api, reply, staff, measures) {
    measures.forEach(function (measure) {
        Score.harmoniesOf(api, measure).forEach(function (found) {
            if (found.staff === staff)
                api.removeElement(found.element);
        });
    });
    reply.chords.forEach(function (chord) { writeChord(api, reply.at + chord[0], chord[1], staff, measures); });
    var count = 0;
    measures.forEach(function (measure) {
        Score.harmoniesOf(api, measure).forEach(function (found) { count += found.staff === staff ? 1 : 0; });
    });
    if (count !== reply.chords.length)
        throw new Error("only " + count + " of " + reply.chords.length + " chord symbols");
}

function writeChord(api, tick, text, staff, measures) {
    var track = trackAt(api, segmentAt(api, measures, tick));
    var measure = measureAt(measures, tick), cursor = api.score.newCursor();
    if (track < 0) {
        // Nothing begins here in any staff: a voice that nobody uses makes the place.
        if (!isFree(api, [measure], staff))
            throw new Error("no place for a chord symbol at tick " + tick);
        reach(api, measure, tick, staff);
        track = staff * VOICES + HIGHEST_VOICE;
    }
    moveTo(api, cursor, tick, track, [measure]);
    cursor.staffIdx = staff;
    cursor.voice = 0;
    var symbol = api.newElement(api.Element.HARMONY);
    symbol.text = text;
    cursor.add(symbol);
    if (track === staff * VOICES + HIGHEST_VOICE)
        clearHighest(api, [measure], staff);
}

// A track in which something begins at a segment, or -1.
function trackAt(api, segment) {
    for (var track = 0; segment && track < api.score.nstaves * VOICES; track++)
        if (segment.elementAt(track))
            return track;
    return -1;
}

// Fills the highest voice of a measure with notes up to a tick.
function reach(api, measure, tick, staff) {
    var cursor = api.score.newCursor(), place = measure.firstSegment.tick;
    for (var power = 1; power <= 128 && place < tick; power *= 2)
        while (WHOLE / power <= tick - place) {
            moveTo(api, cursor, place, staff * VOICES + HIGHEST_VOICE, [measure]);
            cursor.setDuration(1, power);
            cursor.addNote(60);
            place += WHOLE / power;
        }
}
