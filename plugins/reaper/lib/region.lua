-- @noindex
-- What is selected, what sounds beside it, and what each track is.
return function(app)
  local region = {}
  local ASIDE = 16
  local NEW = 8
  local MIDI_EDITOR = 32060

  -- General MIDI programs (from 0) by words in a track's name; the first that fits.
  local PROGRAMS = {
    { "bass", 33 }, { "contrabass", 43 }, { "piano", 0 }, { "keys", 4 }, { "rhodes", 4 },
    { "organ", 19 }, { "guitar", 24 }, { "string", 48 }, { "violin", 40 }, { "viola", 41 },
    { "cello", 42 }, { "choir", 52 }, { "voice", 52 }, { "vocal", 52 }, { "brass", 61 },
    { "trumpet", 56 }, { "trombone", 57 }, { "horn", 60 }, { "sax", 65 }, { "flute", 73 },
    { "clarinet", 71 }, { "oboe", 68 }, { "harp", 46 }, { "lead", 80 }, { "synth", 81 },
    { "pad", 88 }, { "marimba", 12 }, { "vibra", 11 },
  }
  local DRUM_WORDS = { "drum", "percussion", "kick", "snare", "hi-hat", "hihat", "drumkit" }
  local MAJOR, MINOR = 0xab5, 0x5ad

  -- The project in front, its file, and a name that stays as long as it is open.
  function region.project()
    local project, file = reaper.EnumProjects(-1)
    return project, file or ""
  end

  function region.document(project, file)
    return file ~= "" and file or tostring(project)
  end

  function region.track_named(project, guid)
    for index = 0, reaper.CountTracks(project) - 1 do
      local track = reaper.GetTrack(project, index)
      if reaper.GetTrackGUID(track) == guid then return track end
    end
    return nil
  end

  local function time_selection(project)
    local from, to = reaper.GetSet_LoopTimeRange2(project, false, false, 0, 0, false)
    if to - from < 1e-6 then return nil end
    return reaper.TimeMap2_timeToQN(project, from), reaper.TimeMap2_timeToQN(project, to)
  end

  local function add_track(tracks, track)
    for _, known in ipairs(tracks) do
      if known == track then return end
    end
    tracks[#tracks + 1] = track
  end

  -- Selected items with notes: their tracks and their span, or what of it lies in [from, to).
  local function selected_items(project, from, to)
    local tracks, first, last, others = {}, nil, nil, 0
    for index = 0, reaper.CountSelectedMediaItems(project) - 1 do
      local item = reaper.GetSelectedMediaItem(project, index)
      local start, finish = app.notes.span(project, item)
      if app.notes.take(item) then
        if not from or (start < to and finish > from) then
          add_track(tracks, reaper.GetMediaItem_Track(item))
          first, last = math.min(first or start, start), math.max(last or finish, finish)
        end
      else
        others = others + 1
      end
    end
    return tracks, first, last, others
  end

  local function in_order(tracks)
    table.sort(tracks, function(one, other)
      return reaper.GetMediaTrackInfo_Value(one, "IP_TRACKNUMBER")
        < reaper.GetMediaTrackInfo_Value(other, "IP_TRACKNUMBER")
    end)
    return tracks
  end

  local function selected_tracks(project)
    local tracks = {}
    for index = 0, reaper.CountSelectedTracks(project) - 1 do
      tracks[#tracks + 1] = reaper.GetSelectedTrack(project, index)
    end
    return tracks
  end

  -- The take in the MIDI editor: the time selection, else the measures of its selected notes,
  -- else the whole item.
  local function in_editor(project)
    local editor = reaper.MIDIEditor_GetActive()
    local take = editor and reaper.MIDIEditor_GetTake(editor)
    if not take or not reaper.TakeIsMIDI(take) then return nil end
    local item = reaper.GetMediaItemTake_Item(take)
    local tracks = { reaper.GetMediaItem_Track(item) }
    local from, to = time_selection(project)
    if from then return { tracks = tracks, start = from, finish = to } end
    local first, last = nil, nil
    local _, count = reaper.MIDI_CountEvts(take)
    for index = 0, count - 1 do
      local _, selected, _, start, stop = reaper.MIDI_GetNote(take, index)
      if selected then
        first, last = math.min(first or start, start), math.max(last or stop, stop)
      end
    end
    if not first then
      local start, finish = app.notes.span(project, item)
      return { tracks = tracks, start = start, finish = finish }
    end
    local start = app.clock.measure(project, reaper.MIDI_GetProjQNFromPPQPos(take, first))
    local stop = reaper.MIDI_GetProjQNFromPPQPos(take, last)
    return { tracks = tracks, start = start, finish = app.clock.forward(project, stop, 0) }
  end

  -- What is selected: { tracks, start, finish } in QN, or nil and a fault's code.
  function region.selected(project, section, task)
    if section == MIDI_EDITOR then
      local found = in_editor(project)
      if found then return found end
    end
    local from, to = time_selection(project)
    local tracks, first, last, others = selected_items(project, from, to)
    if #tracks == 0 and (from or task == "generate") then tracks = selected_tracks(project) end
    if task == "generate" and not from and not first then
      from = app.clock.forward(project,
        reaper.TimeMap2_timeToQN(project, reaper.GetCursorPosition()), 0)
      to = app.clock.forward(project, from, NEW)
    end
    if #tracks == 0 and task ~= "generate" then
      return nil, others > 0 and "no-midi" or "nothing-selected"
    end
    return { tracks = in_order(tracks), start = from or first, finish = to or last }
  end

  local function has_word(name, words)
    local low = name:lower()
    for _, word in ipairs(words) do
      if low:find(word, 1, true) then return true end
    end
    return false
  end

  -- The first program change in the items of a track between two places, nil without one.
  local function program_change(project, track, from, to)
    for _, item in ipairs(app.notes.items(project, track, from, to)) do
      local take = app.notes.take(item)
      local count = take and select(3, reaper.MIDI_CountEvts(take)) or 0
      for index = 0, count - 1 do
        local _, _, muted, _, kind, _, program = reaper.MIDI_GetCC(take, index)
        if kind == 0xc0 and not muted then return math.floor(program) end
      end
    end
    return nil
  end

  -- Whether a track is a drum part: all its notes on channel 10, or its name says so.
  local function is_drums(name, notes)
    for _, note in ipairs(notes) do
      if note.channel ~= 9 then return has_word(name, DRUM_WORDS) end
    end
    return #notes > 0 or has_word(name, DRUM_WORDS)
  end

  local function program_of(name, changed)
    if changed then return changed end
    for _, row in ipairs(PROGRAMS) do
      if name:lower():find(row[1], 1, true) then return row[2] end
    end
    return -1
  end

  -- One track as a part of the message, its notes counted from `from` (ticks).
  local function part_of(project, track, found, is_selected)
    local _, name = reaper.GetTrackName(track)
    local heard = app.notes.of_track(project, track, found.from, found.to)
    local drums = is_drums(name, heard)
    local zero = app.clock.ticks(found.from)
    local moved, main = {}, nil
    for index, note in ipairs(heard) do
      main = main or note.channel
      moved[index] = {
        onset = note.onset - zero, duration = note.duration, pitch = note.pitch,
        velocity = math.max(1, note.velocity), channel = note.channel,
      }
    end
    local changed = not drums and program_change(project, track, found.from, found.to) or nil
    return {
      id = reaper.GetTrackGUID(track), name = name, notes = moved, selected = is_selected,
      drums = drums, program = drums and -1 or program_of(name, changed),
      channel = drums and 9 or math.floor(main or 0),
    }
  end

  -- The key that the piano roll of a selected item shows, nil where it shows none.
  local function key_of(project, found)
    for _, track in ipairs(found.tracks) do
      for _, item in ipairs(app.notes.items(project, track, found.start, found.finish)) do
        local take = app.notes.take(item)
        if take then
          -- Older REAPERs want the values to be given as well; a key is no reason to fail.
          local _, known, root, scale = pcall(reaper.MIDI_GetScale, take, 0, 0, "")
          scale = math.floor(tonumber(scale) or 0)
          if known == true and (scale == MAJOR or scale == MINOR) then
            local tonic = math.floor(root) + (scale == MINOR and 3 or 0)
            local fifths = (tonic * 7) % 12
            return { tick = 0, fifths = fifths > 6 and fifths - 12 or fifths,
              minor = scale == MINOR }
          end
        end
      end
    end
    return nil
  end

  -- All that is sent of a selection: where the context begins and ends, the map of meters,
  -- tempos, key and markers, and the parts, selected ones first.
  function region.heard(project, found, with_others)
    found.from = app.clock.back(project, found.start, ASIDE)
    found.to = app.clock.forward(project, found.finish, ASIDE)
    local parts, is_selected = {}, {}
    for _, track in ipairs(found.tracks) do
      is_selected[track] = true
      parts[#parts + 1] = part_of(project, track, found, true)
    end
    for index = 0, (with_others and reaper.CountTracks(project) or 0) - 1 do
      local track = reaper.GetTrack(project, index)
      if not is_selected[track] and reaper.GetMediaTrackInfo_Value(track, "B_MUTE") ~= 1 then
        local part = part_of(project, track, found, false)
        if #part.notes > 0 then parts[#parts + 1] = part end
      end
    end
    return {
      title = (reaper.GetProjectName(project):gsub("%.[rR][pP][pP]$", "")),
      meters = app.clock.meters(project, found.from, found.to),
      tempos = app.clock.tempos(project, found.from, found.to),
      markers = app.clock.markers(project, found.from, found.to),
      keys = { key_of(project, found) },
      finish = app.clock.ticks(found.to - found.from),
    }, parts
  end

  -- What tells whether the selected notes are still those that were sent.
  function region.hash(project, tracks, start, finish)
    local lists = {}
    for index, track in ipairs(tracks) do
      lists[index] = app.notes.of_track(project, track, start, finish)
    end
    return app.notes.hash(lists)
  end

  return region
end
