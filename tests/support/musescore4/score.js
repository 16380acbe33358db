.pragma library
// A score as MuseScore's plugin interface shows it, and nothing more: whatever the interface of
// the chosen version does not have is undefined, whatever no version has raises, and so does any
// change outside startCmd and endCmd. Facts from MuseScore's public sources, by name alone.

var QUARTER = 480;
var CHORD = 93, REST = 25, NOTE = 20, HARMONY = 45, CHORD_REST = 128, TIME_SIGNATURE = 16;
var VOICES = 4;

// Names by class: those of 3.2 first, then what came later.
var NAMES = {
    Score: ["scoreName", "title", "nstaves", "ntracks", "nmeasures", "parts", "firstMeasure",
            "lastMeasure", "selection", "newCursor", "startCmd", "endCmd", "appendMeasures"],
    Measure: ["firstSegment", "lastSegment", "nextMeasure", "prevMeasure", "timesigActual",
              "timesigNominal", "irregular", "elements"],
    Segment: ["tick", "segmentType", "elementAt", "nextInMeasure", "prevInMeasure", "next", "prev",
              "annotations", "parent"],
    Chord: ["type", "notes", "graceNotes", "duration", "track", "parent", "voice", "add", "remove",
            "clone"],
    Rest: ["type", "duration", "track", "parent", "voice"],
    Note: ["type", "pitch", "tpc", "tpc1", "tpc2", "parent", "track", "color", "selected", "clone"],
    Harmony: ["type", "text", "track", "parent"],
    Cursor: ["tick", "segment", "element", "measure", "staffIdx", "voice", "track", "keySignature",
             "rewind", "next", "nextMeasure", "setDuration", "addNote", "add", "score"],
    Part: ["partName", "longName", "shortName", "instrumentId", "midiProgram", "midiChannel",
           "hasDrumStaff", "hasPitchedStaff", "startTrack", "endTrack"],
    Selection: ["elements"],
    Fraction: ["numerator", "denominator", "ticks"]
};
var LATER = {
    Score: {appendPart: 305, appendPartByMusicXmlId: 305, staves: 400, undoStack: 406},
    Measure: {tick: 406},
    Note: {tieForward: 303, tieBack: 303},
    Chord: {tuplet: 305},
    Rest: {tuplet: 305},
    Cursor: {addRest: 305, addTuplet: 305, rewindToTick: 305, prev: 305, rewindToFraction: 406,
             fraction: 406, staff: 406},
    Selection: {isRange: 305, startSegment: 305, endSegment: 305, startStaff: 305, endStaff: 305,
                selectRange: 305}
};
var WRITABLE = {
    Note: ["pitch", "tpc", "tpc1", "tpc2", "color"],
    Cursor: ["staffIdx", "voice", "track"],
    Harmony: ["text"]
};

// version: 306 is 3.6, 400 is 4.0. `faults` gathers what the plugin did wrong, because a plugin may
// catch what is thrown.
var world = {version: 400, data: null, isOpen: false, undo: [], redo: [], before: null, names: [],
             faults: [], selection: null, cmds: []};

function load(version, text, selection) {
    world.version = version;
    world.data = JSON.parse(text);
    world.selection = selection;
    world.isOpen = false;
    world.undo = [];
    world.redo = [];
    world.names = [];
    world.faults = [];
}

function dump() {
    return JSON.stringify({data: world.data, undo: world.undo.length, names: world.names,
                           isOpen: world.isOpen, faults: world.faults, cmds: world.cmds});
}

function fail(text) {
    world.faults.push(text);
    throw new Error(text);
}

// --- strictness -------------------------------------------------------------------------------

function strict(kind, target) {
    var later = LATER[kind] || {};
    return new Proxy(target, {
        get: function (of, name) {
            if (typeof name === "symbol" || name === "toString" || name === "valueOf" || name === "toJSON"
                    || name === "constructor" || name[0] === "_")
                return of[name];
            if (NAMES[kind].indexOf(name) >= 0 || (later[name] && later[name] <= world.version)) {
                if (!(name in of))
                    fail(kind + "." + String(name) + " is real but not emulated");
                return of[name];
            }
            if (later[name])
                return undefined;
            fail(kind + " has no " + String(name) + " in any MuseScore");
        },
        set: function (of, name, value) {
            if ((WRITABLE[kind] || []).indexOf(name) < 0)
                fail(kind + "." + String(name) + " cannot be set");
            if (kind !== "Cursor" && !of._isLoose)
                changing(kind + "." + name);
            of[name] = value;
            return true;
        }
    });
}

function changing(what) {
    if (!world.isOpen)
        fail(what + " outside startCmd and endCmd");
}

function count(args, least, most, what) {
    if (args.length < least || args.length > most)
        fail(what + " wants " + least + " to " + most + " arguments, not " + args.length);
}

function fractionOf(ticks) {
    var a = ticks, b = 4 * QUARTER;
    while (b) {
        var rest = a % b;
        a = b;
        b = rest;
    }
    return strict("Fraction", {numerator: ticks / a, denominator: 4 * QUARTER / a, ticks: ticks});
}

// --- the tree ---------------------------------------------------------------------------------

function score() {
    return strict("Score", {
        get scoreName() { return world.data.name; },
        get title() { return world.data.title; },
        get nstaves() { return world.data.staves.length; },
        get ntracks() { return world.data.staves.length * VOICES; },
        get nmeasures() { return world.data.measures.length; },
        get parts() { return world.data.parts.map(partOf); },
        get firstMeasure() { return measureAt(0); },
        get lastMeasure() { return measureAt(world.data.measures.length - 1); },
        get selection() { return selectionOf(); },
        newCursor: function () { count(arguments, 0, 0, "newCursor"); return cursorOf(); },
        startCmd: function (name) { startCmd(arguments, name); },
        endCmd: function (isUndone) { endCmd(arguments, isUndone); },
        appendMeasures: function (n) { count(arguments, 1, 1, "appendMeasures"); appendMeasures(n); },
        appendPart: function (id) { count(arguments, 1, 1, "appendPart"); appendPart(id); },
        appendPartByMusicXmlId: function (id) { appendPart(id); },
        staves: [], undoStack: null
    });
}

function partOf(part) {
    var target = {};
    for (var name in part)
        target[name] = part[name];
    return strict("Part", target);
}

function selectionOf() {
    return strict("Selection", {elements: [], isRange: world.selection !== null, startSegment: null,
                                endSegment: null, startStaff: 0, endStaff: 0});
}

function measureAt(index) {
    var data = world.data;
    if (index < 0 || index >= data.measures.length)
        return null;
    var measure = data.measures[index];
    var whole = fractionOf(measure.beats * 4 * QUARTER / measure.beat_type);
    return strict("Measure", {
        _index: index,
        get firstSegment() { return segmentsOf(index)[0]; },
        get lastSegment() { return segmentsOf(index).slice(-1)[0]; },
        get nextMeasure() { return measureAt(index + 1); },
        get prevMeasure() { return measureAt(index - 1); },
        timesigActual: fractionOf(measure.ticks),
        timesigNominal: strict("Fraction", {numerator: measure.beats, denominator: measure.beat_type, ticks: whole.ticks}),
        irregular: measure.irregular === true, elements: [],
        tick: fractionOf(measure.tick)
    });
}

// The segments of a measure: in the first one a time signature stands before the notes.
function segmentsOf(index) {
    var data = world.data, measure = data.measures[index], ticks = {};
    for (var track = 0; track < data.staves.length * VOICES; track++)
        eventsIn(track, index).forEach(function (event) { ticks[event.tick] = true; });
    data.harmonies.forEach(function (harmony) {
        if (harmony.tick >= measure.tick && harmony.tick < measure.tick + measure.ticks)
            ticks[harmony.tick] = true;
    });
    var places = Object.keys(ticks).map(Number).sort(function (a, b) { return a - b; })
        .map(function (tick) { return [tick, CHORD_REST]; });
    if (index === 0)
        places.unshift([measure.tick, TIME_SIGNATURE]);
    return places.map(function (place, i) { return segmentOf(index, places, i); });
}

function segmentOf(index, places, i) {
    if (i < 0 || i >= places.length)
        return null;
    var tick = places[i][0], kind = places[i][1];
    return strict("Segment", {
        tick: tick, segmentType: kind, parent: null,
        elementAt: function (track) {
            count(arguments, 1, 1, "elementAt");
            return kind === CHORD_REST ? elementAt(tick, track) : null;
        },
        get nextInMeasure() { return segmentOf(index, places, i + 1); },
        get prevInMeasure() { return segmentOf(index, places, i - 1); },
        get next() { return segmentOf(index, places, i + 1); },
        get prev() { return segmentOf(index, places, i - 1); },
        get annotations() {
            return world.data.harmonies.filter(function (h) { return kind === CHORD_REST && h.tick === tick; })
                .map(harmonyOf);
        }
    });
}

function harmonyOf(harmony) {
    return strict("Harmony", {_harmony: harmony, type: HARMONY, text: harmony.text, track: harmony.track, parent: null});
}

function eventsIn(track, index) {
    var measure = world.data.measures[index];
    return (world.data.staves[Math.floor(track / VOICES)][track % VOICES] || []).filter(function (event) {
        return event.tick >= measure.tick && event.tick < measure.tick + measure.ticks;
    });
}

function eventAt(tick, track) {
    var found = (world.data.staves[Math.floor(track / VOICES)] || [])[track % VOICES] || [];
    return found.filter(function (event) { return event.tick === tick; })[0] || null;
}

function elementAt(tick, track) {
    var event = eventAt(tick, track);
    if (!event)
        return null;
    var target = {_event: event, _track: track, type: event.notes.length ? CHORD : REST,
                  duration: fractionOf(event.ticks), track: track, voice: track % VOICES, tuplet: null,
                  parent: {tick: event.tick}};
    if (!event.notes.length)
        return strict("Rest", target);
    target.graceNotes = [];
    Object.defineProperty(target, "notes", {get: function () {
        return event.notes.map(function (note) { return noteOf(note, event, track); });
    }});
    target.add = function (note) {
        count(arguments, 1, 1, "Chord.add");
        changing("Chord.add");
        if (note._note === undefined || !note._isLoose)
            fail("Chord.add wants a new note");
        event.notes.push(note._note);
        event.notes.sort(function (a, b) { return a.pitch - b.pitch; });
    };
    target.remove = function (note) {
        count(arguments, 1, 1, "Chord.remove");
        changing("Chord.remove");
        var at = event.notes.indexOf(note._note);
        if (at < 0 || event.notes.length === 1)
            fail("Chord.remove of a note that is not there, or the only one");
        event.notes.splice(at, 1);
    };
    target.clone = function () { fail("nobody clones a chord"); };
    return strict("Chord", target);
}

function noteOf(note, event, track) {
    var target = {_note: note, _isLoose: event === null, type: NOTE, track: track, selected: false,
                  parent: event ? {parent: {tick: event.tick}} : null};
    ["pitch", "tpc1", "tpc2", "color"].forEach(function (name) {
        Object.defineProperty(target, name, {
            get: function () { return note[name]; }, set: function (value) { note[name] = value; }
        });
    });
    Object.defineProperty(target, "tpc", {get: function () { return note.tpc1; }});
    target.tieForward = note.tie ? {type: 23} : null;
    target.tieBack = null;
    target.clone = function () { return noteOf(JSON.parse(JSON.stringify(note)), null, -1); };
    return strict("Note", target);
}

function newElement(kind) {
    if (kind === NOTE)
        return noteOf({pitch: 60, tpc1: 14, tpc2: 14, tie: false, color: ""}, null, -1);
    if (kind === HARMONY)
        return strict("Harmony", {_isLoose: true, type: HARMONY, text: "", track: 0, parent: null});
    fail("newElement of type " + kind + " is not emulated");
}

function removeElement(element) {
    changing("removeElement");
    if (element._harmony) {
        world.data.harmonies.splice(world.data.harmonies.indexOf(element._harmony), 1);
        return;
    }
    var event = element._event, track = element._track;
    if (event.notes.length) {
        event.notes = [];
        return;
    }
    if (track % VOICES === 0)
        fail("a rest of the first voice cannot be taken away");
    var own = world.data.staves[Math.floor(track / VOICES)][track % VOICES];
    own.splice(own.indexOf(event), 1);
}

// --- commands ---------------------------------------------------------------------------------

function startCmd(args, name) {
    count(args, 0, world.version >= 400 ? 1 : 0, "startCmd");
    if (world.isOpen)
        fail("startCmd inside startCmd");
    world.isOpen = true;
    world.before = JSON.stringify(world.data);
    world.names.push(name === undefined ? "" : String(name));
}

function endCmd(args, isUndone) {
    count(args, 0, 1, "endCmd");
    if (!world.isOpen)
        fail("endCmd without startCmd");
    world.isOpen = false;
    if (isUndone === true) {
        world.data = JSON.parse(world.before);
        world.names.pop();
    } else if (world.before !== JSON.stringify(world.data)) {
        world.undo.push(world.before);
        world.redo = [];
    }
}

function cmd(action) {
    world.cmds.push(action);
    if (world.isOpen)
        fail("cmd inside startCmd is not emulated");
    var from = action === "undo" ? world.undo : world.redo, to = action === "undo" ? world.redo : world.undo;
    if (action === "undo" || action === "redo") {
        if (!from.length)
            return;
        to.push(JSON.stringify(world.data));
        world.data = JSON.parse(from.pop());
    } else if (action !== "escape") {
        fail("no action " + action + " that both generations have");
    }
}

function appendMeasures(n) {
    changing("appendMeasures");
    for (var i = 0; i < n; i++) {
        var last = world.data.measures[world.data.measures.length - 1];
        var next = {tick: last.tick + last.ticks, ticks: last.beats * 4 * QUARTER / last.beat_type,
                    beats: last.beats, beat_type: last.beat_type, key: last.key};
        world.data.measures.push(next);
        world.data.staves.forEach(function (staff) {
            staff[0].push({tick: next.tick, ticks: next.ticks, notes: []});
        });
    }
}

var INSTRUMENTS = ["bass-guitar", "electric-bass", "acoustic-bass", "contrabass", "piano", "drumset", "alto", "tenor", "bass",
                   "voice", "guitar-nylon", "guitar-steel", "acoustic-guitar", "electric-guitar", "soprano"];

function appendPart(id) {
    changing("appendPart");
    if (INSTRUMENTS.indexOf(id) < 0)
        fail("no instrument " + id + " in the list of this test");
    var staves = id === "piano" ? 2 : 1, first = world.data.staves.length;
    world.data.parts.push({partName: id, longName: id, shortName: id, instrumentId: id, midiProgram: 0, midiChannel: 0,
                           hasDrumStaff: id === "drumset", hasPitchedStaff: id !== "drumset",
                           startTrack: first * VOICES, endTrack: (first + staves) * VOICES});
    for (var i = 0; i < staves; i++)
        world.data.staves.push([world.data.measures.map(function (measure) {
            return {tick: measure.tick, ticks: measure.ticks, notes: []};
        }), [], [], []]);
}

// --- cursor -----------------------------------------------------------------------------------

function cursorOf() {
    var at = {tick: -1, measure: 0, staff: 0, voice: 0, ticks: QUARTER};
    var cursor = {
        score: null,
        get tick() { return Math.max(0, at.tick); },
        get measure() { return at.tick < 0 ? null : measureAt(at.measure); },
        get segment() {
            return at.tick < 0 ? null : segmentsOf(at.measure).filter(function (segment) {
                return segment.tick === at.tick && segment.segmentType === CHORD_REST;
            })[0] || null;
        },
        get element() { return at.tick < 0 ? null : elementAt(at.tick, at.staff * VOICES + at.voice); },
        get keySignature() { return world.data.measures[at.measure].key; },
        get staffIdx() { return at.staff; },
        set staffIdx(staff) { at.staff = staff; },
        get voice() { return at.voice; },
        set voice(voice) { at.voice = voice; },
        get track() { return at.staff * VOICES + at.voice; },
        set track(track) { at.staff = Math.floor(track / VOICES); at.voice = track % VOICES; },
        rewind: function (where) { count(arguments, 1, 1, "rewind"); rewind(at, where); },
        next: function () { count(arguments, 0, 0, "next"); return next(at); },
        nextMeasure: function () { count(arguments, 0, 0, "nextMeasure"); return nextMeasure(at); },
        setDuration: function (z, n) { count(arguments, 2, 2, "setDuration"); at.ticks = 4 * QUARTER * z / n; },
        addNote: function (pitch, isInChord) {
            count(arguments, 1, world.version >= 303 ? 2 : 1, "addNote");
            write(at, pitch, isInChord === true);
        },
        addRest: function () { count(arguments, 0, 0, "addRest"); write(at, null, false); },
        add: function (element) { count(arguments, 1, 1, "Cursor.add"); add(at, element); },
        addTuplet: function () { fail("addTuplet is not emulated"); },
        rewindToTick: function (tick) { at.tick = tick; at.measure = indexAt(tick); },
        prev: function () { fail("prev is not emulated"); }
    };
    return strict("Cursor", cursor);
}

function indexAt(tick) {
    for (var i = world.data.measures.length - 1; i >= 0; i--)
        if (world.data.measures[i].tick <= tick)
            return i;
    return 0;
}

function endOfAll() {
    var last = world.data.measures[world.data.measures.length - 1];
    return last.tick + last.ticks;
}

function rewind(at, where) {
    if (where === 0) {
        at.tick = 0;
        at.measure = 0;
        return;
    }
    var selection = world.selection;
    if (!selection) {
        at.tick = -1;
        return;
    }
    var tick = where === 1 ? selection.start : selection.end;
    at.staff = where === 1 ? selection.staff : selection.staff + selection.staves - 1;
    at.voice = 0;
    at.tick = tick >= endOfAll() ? -1 : tick;
    at.measure = at.tick < 0 ? 0 : indexAt(tick);
}

function next(at) {
    if (at.tick < 0)
        return false;
    var own = world.data.staves[at.staff][at.voice].filter(function (event) { return event.tick > at.tick; });
    if (!own.length) {
        at.tick = -1;
        return false;
    }
    at.tick = own[0].tick;
    at.measure = indexAt(at.tick);
    return true;
}

function nextMeasure(at) {
    if (at.tick < 0 || at.measure + 1 >= world.data.measures.length) {
        at.tick = -1;
        return false;
    }
    at.measure++;
    at.tick = world.data.measures[at.measure].tick;
    return true;
}

function add(at, element) {
    changing("Cursor.add");
    if (element.type !== HARMONY)
        fail("Cursor.add of type " + element.type + " is not emulated");
    if (at.tick < 0)
        fail("Cursor.add where there is no segment");
    world.data.harmonies.push({tick: at.tick, track: at.staff * VOICES, text: element.text});
}

// Writes a note (or a rest) at the cursor: over barlines with ties, over what stands there.
function write(at, pitch, isInChord) {
    changing("addNote");
    if (at.tick < 0)
        fail("addNote where there is no segment");
    var track = at.staff * VOICES + at.voice;
    if (isInChord) {
        var event = eventAt(at.tick, track);
        if (!event || !event.notes.length)
            fail("addNote to a chord where there is none");
        event.notes.push(newNote(pitch));
        return;
    }
    var tick = at.tick, left = at.ticks;
    while (left > 0) {
        var index = indexAt(tick), measure = world.data.measures[index];
        if (tick >= measure.tick + measure.ticks) {
            appendMeasures(1);
            continue;
        }
        var here = Math.min(left, measure.tick + measure.ticks - tick);
        left -= here;
        valuesOf(here).forEach(function (ticks, i, all) {
            var note = pitch === null ? [] : [newNote(pitch)];
            if (note.length)
                note[0].tie = left > 0 || i + 1 < all.length;
            put(track, index, tick, ticks, note);
            tick += ticks;
        });
    }
    at.tick = tick < endOfAll() ? tick : -1;
    at.measure = at.tick < 0 ? 0 : indexAt(tick);
}

function newNote(pitch) {
    return {pitch: pitch, tpc1: TPCS[pitch % 12], tpc2: TPCS[pitch % 12], tie: false, color: ""};
}

var TPCS = [14, 21, 16, 11, 18, 13, 20, 15, 22, 17, 12, 19];

// Written values that fill some ticks, the longest first: plain, dotted, double dotted.
function valuesOf(ticks) {
    for (var whole = 8 * QUARTER; whole >= 1; whole /= 2) {
        var tries = [whole * 7 / 4, whole * 3 / 2, whole];
        for (var i = 0; i < 3; i++)
            if (tries[i] === ticks)
                return [ticks];
    }
    for (var value = 8 * QUARTER; value >= 1; value /= 2)
        if (value < ticks)
            return [value].concat(valuesOf(ticks - value));
    return [ticks];
}

function put(track, index, tick, ticks, notes) {
    var measure = world.data.measures[index], end = tick + ticks;
    var own = world.data.staves[Math.floor(track / VOICES)][track % VOICES];
    if (!eventsIn(track, index).length)
        own.push({tick: measure.tick, ticks: measure.ticks, notes: []});
    var kept = [];
    own.forEach(function (event) {
        var stop = event.tick + event.ticks;
        if (stop <= tick || event.tick >= end) {
            kept.push(event);
            return;
        }
        if (event.tick < tick)
            rests(event.tick, tick).forEach(function (rest) { kept.push(rest); });
        if (stop > end)
            rests(end, stop).forEach(function (rest) { kept.push(rest); });
    });
    kept.push({tick: tick, ticks: ticks, notes: notes});
    kept.sort(function (a, b) { return a.tick - b.tick; });
    world.data.staves[Math.floor(track / VOICES)][track % VOICES] = kept;
}

function rests(from, to) {
    var tick = from;
    return valuesOf(to - from).map(function (ticks) {
        tick += ticks;
        return {tick: tick - ticks, ticks: ticks, notes: []};
    });
}
