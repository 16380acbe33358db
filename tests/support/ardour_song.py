"""A song in a real Ardour: laying regions down, selecting them, reading what stands there."""

import os
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import mido
from real_ardour import Ardour, wait_for

QUARTER = 1920
_NEW = """
AudioEngine:set_backend("None (Dummy)", "", "")
local s = create_session({folder!r}, "Song", 48000)
local midi, audio = ARDOUR.DataType("midi"), ARDOUR.DataType("audio")
s:new_midi_track(ARDOUR.ChanCount(midi, 1), ARDOUR.ChanCount(audio, 2), true, ARDOUR.PluginInfo(),
  nil, nil, 1, "Melody", ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, true, false)
s:save_state("", false, false, false, false, false)
close_session()
quit()
"""
_TRACKS = """
local function tracks()
  local found = {}
  for route in Session:get_tracks():iter() do found[route:name()] = route:to_track() end
  return found
end
"""
_LAY = """
local seen = {{}}
for id in ARDOUR.RegionFactory.regions():iter() do seen[id:to_s()] = true end
local f = C.StringVector() f:push_back({path!r})
Editor:do_import(f, Editing.ImportDistinctFiles, Editing.ImportAsRegion,
  ARDOUR.SrcQuality.SrcBest, ARDOUR.MidiTrackNameSource.SMFTrackName,
  ARDOUR.MidiTempoMapDisposition.SMFTempoIgnore, Temporal.timepos_t.from_ticks(0),
  ARDOUR.PluginInfo(), ARDOUR.Track(), false)
local source
for id, region in ARDOUR.RegionFactory.regions():iter() do
  if not seen[id:to_s()] then source = region break end
end
local track = tracks()[{track!r}]
if not track then
  local midi, audio = ARDOUR.DataType("midi"), ARDOUR.DataType("audio")
  for route in Session:new_midi_track(ARDOUR.ChanCount(midi, 1), ARDOUR.ChanCount(audio, 2), true,
    ARDOUR.PluginInfo(), nil, nil, 1, {track!r}, ARDOUR.PresentationInfo.max_order,
    ARDOUR.TrackMode.Normal, true, false):iter() do track = route:to_track() end
end
local region = ARDOUR.RegionFactory.clone_region(source, true, false)
region:set_name({track!r})
region:set_length(Temporal.timecnt_t.from_ticks({length}))
track:playlist():add_region(region, Temporal.timepos_t.from_ticks({at}), 1, false)
return "laid"
"""
_CLEAR = """
for _, track in pairs(tracks()) do
  local all = {}
  for region in track:playlist():region_list():iter() do all[#all + 1] = region end
  for _, region in ipairs(all) do track:playlist():remove_region(region) end
end
return "clear"
"""
_SELECT = """
local list = ArdourUI.SelectionList()
local at = {at}
for region in tracks()[{track!r}]:playlist():region_list():iter() do
  if not at or region:position():ticks() == at then
    list:push_back(Editor:regionview_from_region(region))
  end
end
Editor:set_selection(list, ArdourUI.SelectionOp.Set)
return Editor:get_selection().regions:regionlist():size()
"""
_REGIONS = """
local out = {}
for name, track in pairs(tracks()) do
  for region in track:playlist():region_list():iter() do
    out[#out + 1] = table.concat({ name, region:position():ticks(), region:length():ticks(),
      region:name(), region:to_stateful():id():to_s() }, "\\t")
  end
end
table.sort(out)
return table.concat(out, "\\n")
"""
_NOTES = """
local function ticks(beats)
  local whole, rest = tostring(beats):match("^(-?%d+):(-?%d+)$")
  return math.tointeger(tonumber(whole)) * 1920 + math.tointeger(tonumber(rest))
end
local out = {{}}
for region in tracks()[{track!r}]:playlist():region_list():iter() do
  local first, start = region:position():ticks(), region:start():ticks()
  local last = first + region:length():ticks()
  for n in ARDOUR.LuaAPI.note_list(region:to_midiregion():model()):iter() do
    local at = first + ticks(n:time()) - start
    if at >= first and at < last then
      out[#out + 1] = string.format("%d %d %d %d %d", at, ticks(n:length()), n:note(),
        n:velocity(), n:channel())
    end
  end
end
return table.concat(out, "\\n")
"""
_MOVE_FIRST_NOTE = """
local region
for one in tracks()[{track!r}]:playlist():region_list():iter() do region = one break end
local model = region:to_midiregion():model()
local command = model:new_note_diff_command("by hand")
for note in ARDOUR.LuaAPI.note_list(model):iter() do
  command:remove(note)
  command:add(ARDOUR.LuaAPI.new_noteptr(note:channel(), note:time(), note:length(),
    note:note() + 1, note:velocity()))
  break
end
model:apply_diff_command_as_commit(Session, command)
return "edited"
"""


def new_session(folder: Path, home: Path) -> Path:
    """A session with one MIDI track called Melody, made without a window."""
    script = home / "new.lua"
    script.write_text(_NEW.format(folder=str(folder)).replace("'", '"'))
    done = subprocess.run(
        ["ardour7-lua", str(script)],
        env={"PATH": os.environ["PATH"], "HOME": str(home)},
        capture_output=True,
        timeout=60,
    )
    assert (folder / "Song.ardour").exists(), done.stdout[-2000:] + done.stderr[-2000:]
    return folder


class Song:
    """The session that is open in an Ardour; times are quarters from its start."""

    def __init__(self, ardour: Ardour, folder: Path) -> None:
        self.ardour = ardour
        self.folder = folder

    def _ask(self, lua: str, **values: object) -> str:
        return self.ardour.ask(_TRACKS + (lua.format(**values) if values else lua))

    def clear(self) -> None:
        """Take every region away; tracks stay."""
        self._ask(_CLEAR)

    def lay(self, track: str, at: float, pitches, *, length=1.0, channel=0, velocity=80) -> None:
        """A region of notes one after the other, each `length` quarters long, None is a rest."""
        path = self.folder.parent / f"{track}.mid"
        midi = mido.MidiFile(type=0, ticks_per_beat=960)
        events, rest = mido.MidiTrack(), 0
        ticks = int(length * 960)
        for pitch in pitches:
            if pitch is None:
                rest += ticks
                continue
            note = {"note": pitch, "channel": channel}
            events.append(mido.Message("note_on", velocity=velocity, time=rest, **note))
            events.append(mido.Message("note_off", velocity=64, time=ticks, **note))
            rest = 0
        midi.tracks.append(events)
        midi.save(path)
        whole = int(len(pitches) * length * QUARTER)
        values = {"path": str(path), "track": track, "length": whole, "at": int(at * QUARTER)}
        self._ask(_LAY, **values)

    def select(self, track: str, at: float | None = None) -> None:
        """Select the regions of a track, or the one that begins at a time."""
        place = "nil" if at is None else int(at * QUARTER)
        wait_for(
            f"{track} selected",
            lambda: self._ask(_SELECT, track=track, at=place) not in ("0", ""),
            10,
        )

    def regions(self, track: str) -> list[tuple[float, float, str]]:
        """Begin, length and name of the regions of a track, in order."""
        rows = [row.split("\t") for row in self._ask(_REGIONS).splitlines()]
        found = [
            (int(at) / QUARTER, int(length) / QUARTER, name)
            for one, at, length, name, _ in rows
            if one == track
        ]
        return sorted(found)

    def tracks(self) -> list[str]:
        """The names of the tracks, in the editor's order."""
        said = self.ardour.ask(
            "local o = {} for r in Session:get_tracks():iter() do "
            'o[#o + 1] = string.format("%05d", r:presentation_info_ptr():order()) .. r:name() end '
            'table.sort(o) return table.concat(o, "\\n")'
        )
        return [row[5:] for row in said.splitlines()]

    def notes(self, track: str) -> list[tuple[int, ...]]:
        """Onset and length (ticks, 1920 a quarter), pitch, velocity, channel, in order."""
        return sorted(
            tuple(map(int, row.split())) for row in self._ask(_NOTES, track=track).splitlines()
        )

    def edit(self, track: str) -> None:
        """Raise the first note of a track's first region, as a person does by hand."""
        self._ask(_MOVE_FIRST_NOTE, track=track)

    def undo(self, steps: int = 1) -> None:
        self.ardour.ask(f"Editor:undo({steps})")

    def redo(self, steps: int = 1) -> None:
        self.ardour.ask(f"Editor:redo({steps})")

    def wait_for_regions(self, track: str, names: list[str], seconds: float = 40) -> None:
        """Wait until the regions of a track have these names."""
        wait_for(
            f"{names} on {track}",
            lambda: [name for _, _, name in self.regions(track)] == names,
            seconds,
        )

    def saved_notes(self, region: str) -> list[tuple[int, ...]]:
        """Onset, length, pitch, velocity and channel in the file of a region of the saved session.

        Read from the disk, without Ardour; ticks of 1920 a quarter from the region's start.
        """
        root = ElementTree.parse(self.folder / "Song.ardour").getroot()
        source = next(
            r.get("source-0") for r in root.iter("Region")
            if r.get("name") == region and r.get("whole-file") != "1"
        )  # fmt: skip
        name = next(s.get("name") for s in root.iter("Source") if s.get("id") == source)
        (path,) = self.folder.glob(f"interchange/*/midifiles/{name}")
        midi = mido.MidiFile(path)
        found, open_notes, now = [], {}, 0
        for message in mido.merge_tracks(midi.tracks):
            now += message.time
            if message.type == "note_on" and message.velocity:
                open_notes[message.note, message.channel] = now, message.velocity
            elif message.type in ("note_off", "note_on"):
                start, velocity = open_notes.pop((message.note, message.channel))
                scale = QUARTER / midi.ticks_per_beat
                length = round((now - start) * scale)
                row = round(start * scale), length, message.note, velocity, message.channel
                found.append(row)
        return sorted(found)

    def undo_steps(self) -> list[str]:
        """The names of the undo steps in the saved history, the oldest first."""
        path = self.folder / "Song.history"
        if not path.exists():
            return []
        return [t.get("name") or "" for t in ElementTree.parse(path).iter("UndoTransaction")]
