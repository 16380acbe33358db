-- The part of the stand-in that reads and changes projects.
return function(double, api)
  local function find(pointer)
    for _, project in ipairs(double.projects) do
      for place, track in ipairs(project.state.tracks) do
        if track.guid == pointer.key then return track, project, place end
        for index, item in ipairs(track.items) do
          local is_take = item.take and item.take.guid == pointer.key
          if item.guid == pointer.key or is_take then
            return item, project, track, index
          end
        end
      end
    end
    error("a stale pointer: " .. pointer.name, 0)
  end

  -- Changing a project outside an undo block would leave the user without a way back.
  local function changing(project)
    if project.depth == 0 then error("a change outside an undo block", 0) end
  end

  local function take_of(pointer)
    local item, project = find(pointer)
    return item.take, project, item
  end

  local function midi_of(pointer)
    local take, project, item = take_of(pointer)
    if not take.midi then error("the take holds no MIDI", 0) end
    return take, project, item
  end

  local function zero(project, item)
    return project.tempo.qn(item.position) - item.take.offset / item.take.rate
  end

  function double.unsorted(project)
    for _, track in ipairs(project.state.tracks) do
      for _, item in ipairs(track.items) do
        if item.take and item.take.unsorted then return true end
      end
    end
    return false
  end

  -- Projects, time -----------------------------------------------------------------------------

  function api.EnumProjects(index)
    local project = double.projects[index < 0 and double.active or index + 1]
    if not project then return nil, "" end
    return double.pointer("p", project), project.saved == false and "" or project.file
  end
  function api.GetProjectName(pointer) return double.project(pointer).name end
  function api.GetProjExtState(pointer, part, key)
    local value = double.project(pointer).ext[part .. "/" .. key]
    return value and 1 or 0, value or ""
  end
  function api.SetProjExtState(pointer, part, key, value)
    if value:find("[\r\n%c]") then error("a project keeps one line", 0) end
    double.project(pointer).ext[part .. "/" .. key] = value ~= "" and value or nil
    return 1
  end
  function api.GetCursorPosition()
    local project = double.projects[double.active]
    return project.tempo.time(project.cursor)
  end
  function api.GetSet_LoopTimeRange2(pointer, is_set)
    if is_set then error("the script must not change the time selection", 0) end
    local project = double.project(pointer)
    local from, to = table.unpack(project.selection)
    if from == to then return 0.0, 0.0 end
    return project.tempo.time(from), project.tempo.time(to)
  end
  function api.TimeMap2_QNToTime(pointer, qn) return double.project(pointer).tempo.time(qn) end
  function api.TimeMap2_timeToQN(pointer, time) return double.project(pointer).tempo.qn(time) end
  function api.TimeMap_QNToMeasures(pointer, qn)
    local number, start, finish = double.project(pointer).tempo.measure(qn)
    return number + 1, start, finish
  end
  function api.TimeMap_GetTimeSigAtTime(pointer, time)
    local project = double.project(pointer)
    local _, _, _, num, den = project.tempo.measure(project.tempo.qn(time))
    return num, den, project.tempo.bpm(time)
  end
  function api.TimeMap2_timeToBeats(pointer, time)
    local project = double.project(pointer)
    local qn = project.tempo.qn(time)
    local number, start, _, num, den = project.tempo.measure(qn)
    return (qn - start) * den / 4, number, num, qn * den / 4, den
  end
  function api.CountTempoTimeSigMarkers(pointer) return #double.project(pointer).tempo_markers end
  function api.GetTempoTimeSigMarker(pointer, index)
    local project = double.project(pointer)
    local marker = project.tempo_markers[index + 1]
    if not marker then return false, 0, 0, 0, 0, 0, 0, false end
    local number = project.tempo.measure(project.tempo.qn(marker.time))
    return true, marker.time, number, 0, marker.bpm, marker.num or -1, marker.den or -1,
      marker.linear or false
  end
  function api.EnumProjectMarkers2(pointer, index)
    local project = double.project(pointer)
    local marker = project.state.markers[index + 1]
    if not marker then return 0, false, 0.0, 0.0, "", 0 end
    return index + 1, marker.region or false, project.tempo.time(marker.qn), 0.0, marker.name, index
  end

  -- Tracks -------------------------------------------------------------------------------------

  local function tracks(pointer) return double.project(pointer).state.tracks end
  local function selected(list)
    local found = {}
    for _, thing in ipairs(list) do
      if thing.selected then found[#found + 1] = thing end
    end
    return found
  end
  local function pointer_to(kind, thing) return thing and double.pointer(kind, thing) or nil end

  function api.CountTracks(pointer) return #tracks(pointer) end
  function api.GetTrack(pointer, index) return pointer_to("t", tracks(pointer)[index + 1]) end
  function api.CountSelectedTracks(pointer) return #selected(tracks(pointer)) end
  function api.GetSelectedTrack(pointer, index)
    return pointer_to("t", selected(tracks(pointer))[index + 1])
  end
  function api.GetTrackGUID(pointer) return find(pointer).guid end
  function api.GetTrackName(pointer)
    local track, _, place = find(pointer)
    return true, track.name ~= "" and track.name or "Track " .. place
  end
  function api.GetMediaTrackInfo_Value(pointer, key)
    local track, _, place = find(pointer)
    if key == "IP_TRACKNUMBER" then return place + 0.0 end
    if key == "B_MUTE" then return track.mute + 0.0 end
    if key == "I_FOLDERDEPTH" then return track.depth + 0.0 end
    error("no such value of a track: " .. key, 0)
  end
  function api.SetMediaTrackInfo_Value(pointer, key, value)
    local track, project = find(pointer)
    changing(project)
    if key ~= "I_CUSTOMCOLOR" then error("no such value of a track: " .. key, 0) end
    track.colour = value
    return true
  end
  function api.GetSetMediaTrackInfo_String(pointer, key, value, is_set)
    local track, project = find(pointer)
    if key ~= "P_NAME" then error("no such text of a track: " .. key, 0) end
    if is_set then
      changing(project)
      track.name = value
    end
    return true, track.name
  end
  function api.InsertTrackAtIndex(index)
    local project = double.projects[double.active]
    changing(project)
    local track = project.add_track({})
    table.remove(project.state.tracks)
    table.insert(project.state.tracks, math.min(index, #project.state.tracks) + 1, track)
  end
  function api.DeleteTrack(pointer)
    local _, project, place = find(pointer)
    changing(project)
    table.remove(project.state.tracks, place)
  end
  function api.ColorToNative(red, green, blue) return red | green << 8 | blue << 16 end

  -- Items --------------------------------------------------------------------------------------

  local function selected_items(pointer)
    local found = {}
    for _, track in ipairs(tracks(pointer)) do
      for _, item in ipairs(selected(track.items)) do found[#found + 1] = item end
    end
    return found
  end
  local ITEM = { D_POSITION = "position", D_LENGTH = "length", B_LOOPSRC = "loop", B_MUTE = "mute" }

  function api.CountSelectedMediaItems(pointer) return #selected_items(pointer) end
  function api.GetSelectedMediaItem(pointer, index)
    return pointer_to("m", selected_items(pointer)[index + 1])
  end
  function api.CountTrackMediaItems(pointer) return #find(pointer).items end
  function api.GetTrackMediaItem(pointer, index)
    return pointer_to("m", find(pointer).items[index + 1])
  end
  function api.GetMediaItem_Track(pointer)
    local _, _, track = find(pointer)
    return double.pointer("t", track)
  end
  function api.GetMediaItemInfo_Value(pointer, key)
    if not ITEM[key] then error("no such value of an item: " .. key, 0) end
    return find(pointer)[ITEM[key]] + 0.0
  end
  function api.GetSetMediaItemInfo_String(pointer, key, _, is_set)
    if key ~= "GUID" or is_set then error("no such text of an item: " .. key, 0) end
    return true, find(pointer).guid
  end
  function api.GetItemStateChunk(pointer)
    local item = find(pointer)
    local take = item.take
    if not (take and take.midi) then return true, "<ITEM\nIGUID " .. item.guid .. "\n>\n" end
    return true, "<ITEM\nIGUID " .. item.guid .. "\n<SOURCE MIDI\nHASDATA 1 " .. take.ppq
      .. " QN\nPOOLEDEVTS " .. (take.pool or take.guid) .. "\n>\n>\n"
  end
  function api.DeleteTrackMediaItem(track_pointer, pointer)
    local item, project, track, index = find(pointer)
    changing(project)
    if track.guid ~= track_pointer.key then return false end
    table.remove(track.items, index)
    return item ~= nil
  end
  function api.CreateNewMIDIItemInProj(pointer, from, to, in_quarters)
    local track, project = find(pointer)
    changing(project)
    if not in_quarters then from, to = project.tempo.qn(from), project.tempo.qn(to) end
    if to <= from then return nil end
    return double.pointer("m", project.add_item(track, { from = from, to = to }))
  end

  -- Takes --------------------------------------------------------------------------------------

  function api.GetActiveTake(pointer)
    local item = find(pointer)
    return pointer_to("k", item.take)
  end
  function api.TakeIsMIDI(pointer) return (take_of(pointer)).midi end
  function api.GetMediaItemTake_Item(pointer)
    local _, _, item = take_of(pointer)
    return double.pointer("m", item)
  end
  function api.GetMediaItemTake_Source(pointer)
    return double.pointer("s", (take_of(pointer)))
  end
  function api.GetMediaSourceLength(pointer)
    local take = take_of(pointer)
    return take.length + 0.0, take.midi
  end
  function api.GetMediaItemTakeInfo_Value(pointer, key)
    if key ~= "D_PLAYRATE" then error("no such value of a take: " .. key, 0) end
    return (take_of(pointer)).rate + 0.0
  end
  function api.GetSetMediaItemTakeInfo_String(pointer, key, value, is_set)
    local take, project = take_of(pointer)
    if key ~= "P_NAME" then error("no such text of a take: " .. key, 0) end
    if is_set then
      changing(project)
      take.name = value
    end
    return true, take.name
  end
  function api.MIDIEditor_GetActive() return pointer_to("e", double.editor) end
  function api.MIDIEditor_GetTake() return pointer_to("k", double.editor.take) end

  -- Notes --------------------------------------------------------------------------------------

  function api.MIDI_CountEvts(pointer)
    local take = midi_of(pointer)
    return true, #take.notes, #take.programs, #take.texts
  end
  function api.MIDI_GetNote(pointer, index)
    local note = midi_of(pointer).notes[index + 1]
    if not note then return false, false, false, 0, 0, 0, 0, 0 end
    -- Floats throughout, so that no script counts on whole numbers coming as such.
    return true, note.selected, note.muted, note.start + 0.0, note.stop + 0.0, note.channel + 0.0,
      note.pitch + 0.0, note.velocity + 0.0
  end
  function api.MIDI_GetCC(pointer, index)
    local row = midi_of(pointer).programs[index + 1]
    if not row then return false, false, false, 0, 0, 0, 0, 0 end
    return true, false, false, row.at or 0, row.kind or 0xc0, row.channel or 0, row.program, 0
  end
  function api.MIDI_GetScale(pointer)
    local scale = midi_of(pointer).scale
    if not scale then return false, 0, 0, "" end
    return true, scale.root, scale.mask, "scale"
  end
  function api.MIDI_GetProjQNFromPPQPos(pointer, place)
    local take, project, item = midi_of(pointer)
    return zero(project, item) + place / take.ppq / take.rate
  end
  function api.MIDI_GetPPQPosFromProjQN(pointer, qn)
    local take, project, item = midi_of(pointer)
    return (qn - zero(project, item)) * take.ppq * take.rate
  end
  function api.MIDI_InsertNote(pointer, sel, muted, start, stop, channel, pitch, velocity, no_sort)
    local take, project = midi_of(pointer)
    changing(project)
    if start ~= math.floor(start) or stop <= start or start < 0 then error("a crooked note", 0) end
    if channel < 0 or channel > 15 or pitch < 0 or pitch > 127 or velocity < 1 or velocity > 127 then
      return false
    end
    table.insert(take.notes, {
      selected = sel, muted = muted, start = math.floor(start), stop = math.floor(stop),
      channel = math.floor(channel), pitch = math.floor(pitch), velocity = math.floor(velocity),
    })
    take.unsorted = true
    if not no_sort then api.MIDI_Sort(pointer) end
    return true
  end
  function api.MIDI_InsertTextSysexEvt(pointer, _, _, place, kind, text)
    local take, project = midi_of(pointer)
    changing(project)
    table.insert(take.texts, { at = place, kind = kind, text = text })
    take.unsorted = true
    return true
  end
  function api.MIDI_DeleteNote(pointer, index)
    local take, project = midi_of(pointer)
    changing(project)
    return table.remove(take.notes, index + 1) ~= nil
  end
  function api.MIDI_Sort(pointer)
    local take, project = midi_of(pointer)
    changing(project)
    table.sort(take.notes, function(a, b)
      if a.start ~= b.start then return a.start < b.start end
      return a.pitch < b.pitch
    end)
    take.unsorted = nil
  end
  function api.MIDI_SetItemExtents(pointer, from, to)
    local take, project, item = midi_of(pointer)
    changing(project)
    if to <= from then return false end
    local old = zero(project, item)
    local moved = math.max(0, old - from)
    for _, note in ipairs(take.notes) do
      note.start = math.floor(note.start + moved * take.ppq + 0.5)
      note.stop = math.floor(note.stop + moved * take.ppq + 0.5)
    end
    item.position = project.tempo.time(from)
    item.length = project.tempo.time(to) - item.position
    take.offset = from - (old - moved)
    take.length = to - from + take.offset
    return true
  end
end
