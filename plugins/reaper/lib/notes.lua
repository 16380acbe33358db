-- @noindex
-- Notes of items as they are heard: cut at the item's edges, repeated where it loops its
-- source, from whatever resolution the take has. Times are ticks from the project's start.
return function(app)
  local notes = {}
  local NEAR = 1e-6

  -- Where an item begins and ends, in QN.
  function notes.span(project, item)
    local from = reaper.GetMediaItemInfo_Value(item, "D_POSITION")
    local to = from + reaper.GetMediaItemInfo_Value(item, "D_LENGTH")
    return reaper.TimeMap2_timeToQN(project, from), reaper.TimeMap2_timeToQN(project, to)
  end

  -- The take of an item that holds notes, nil where it holds audio or nothing.
  function notes.take(item)
    local take = reaper.GetActiveTake(item)
    if take and reaper.TakeIsMIDI(take) then return take end
    return nil
  end

  -- After how many QN an item begins its source again, nil where it plays it once.
  function notes.pass(project, item, take)
    if reaper.GetMediaItemInfo_Value(item, "B_LOOPSRC") ~= 1 then return nil end
    local source = reaper.GetMediaItemTake_Source(take)
    local length, is_qn = reaper.GetMediaSourceLength(source)
    if not is_qn or length <= 0 then return nil end
    length = length / reaper.GetMediaItemTakeInfo_Value(take, "D_PLAYRATE")
    local from, to = notes.span(project, item)
    local begin = reaper.MIDI_GetProjQNFromPPQPos(take, 0)
    if to - begin <= length + NEAR and from >= begin - NEAR then return nil end
    return length
  end

  local function add(found, onset, finish, row)
    local from, to = app.clock.ticks(onset), app.clock.ticks(finish)
    found[#found + 1] = {
      onset = from, duration = math.max(1, to - from),
      channel = row[1], pitch = row[2], velocity = row[3],
    }
  end

  -- The first note of a take at or after a place, and the place (both in the take's own ticks)
  -- where to stop: a take keeps its notes in order, and a long one is not read from its start.
  local function window(take, count, low, high)
    local from = reaper.MIDI_GetPPQPosFromProjQN(take, low) - 1
    local first, behind = 0, count
    while first < behind do
      local middle = (first + behind) // 2
      local _, _, _, start = reaper.MIDI_GetNote(take, middle)
      if start < from then first = middle + 1 else behind = middle end
    end
    return first, reaper.MIDI_GetPPQPosFromProjQN(take, high) + 1
  end

  -- The notes of an item whose onsets lie in [from, to), in QN; muted ones are left out.
  function notes.of_item(project, item, from, to, found)
    found = found or {}
    local take = notes.take(item)
    if not take then return found end
    local first, last = notes.span(project, item)
    if last <= from or first >= to then return found end
    local low, high = math.max(first, from), math.min(last, to)
    local pass = notes.pass(project, item, take)
    local _, count = reaper.MIDI_CountEvts(take)
    local index, stop_at = 0, math.huge
    if not pass then
      index, stop_at = window(take, count, low, high)
    end
    while index < count do
      local _, _, muted, start, stop, channel, pitch, velocity = reaper.MIDI_GetNote(take, index)
      if start > stop_at then break end
      index = index + 1
      if not muted then
        local on = reaper.MIDI_GetProjQNFromPPQPos(take, start)
        local off = reaper.MIDI_GetProjQNFromPPQPos(take, stop)
        local row = { channel, pitch, velocity }
        local shift = 0
        repeat
          local onset = on + shift
          if onset >= low - NEAR and onset < high - NEAR then
            add(found, onset, math.min(off + shift, last), row)
          end
          shift = shift + (pass or 0)
        until not pass or on + shift >= high
      end
    end
    return found
  end

  local function sorted(found)
    table.sort(found, function(one, other)
      if one.onset ~= other.onset then return one.onset < other.onset end
      if one.pitch ~= other.pitch then return one.pitch < other.pitch end
      if one.channel ~= other.channel then return one.channel < other.channel end
      return one.duration < other.duration
    end)
    return found
  end

  -- The items of a track that reach into [from, to), in order.
  function notes.items(project, track, from, to)
    local found = {}
    for index = 0, reaper.CountTrackMediaItems(track) - 1 do
      local item = reaper.GetTrackMediaItem(track, index)
      local first, last = notes.span(project, item)
      if first < to - NEAR and last > from + NEAR then found[#found + 1] = item end
    end
    return found
  end

  -- The notes of a track in [from, to), in order; items that are muted are not heard.
  function notes.of_track(project, track, from, to)
    local found = {}
    for _, item in ipairs(notes.items(project, track, from, to)) do
      if reaper.GetMediaItemInfo_Value(item, "B_MUTE") ~= 1 then
        notes.of_item(project, item, from, to, found)
      end
    end
    return sorted(found)
  end

  -- 64 bits that tell whether notes are still the same (FNV-1a).
  function notes.hash(lists)
    local hash = -3750763034362895579
    for _, list in ipairs(lists) do
      for _, note in ipairs(list) do
        local text = string.format("%d,%d,%d,%d,%d;", note.onset, note.duration,
          math.floor(note.pitch), math.floor(note.velocity), math.floor(note.channel))
        for place = 1, #text do hash = (hash ~ text:byte(place)) * 1099511628211 end
      end
      hash = (hash ~ 124) * 1099511628211
    end
    return string.format("%016x", hash)
  end

  -- The hash of some notes of one item, as `landing` needs it.
  function notes.item_hash(project, item, from, to)
    return notes.hash({ sorted(notes.of_item(project, item, from, to)) })
  end

  return notes
end
