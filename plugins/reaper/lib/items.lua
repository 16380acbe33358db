-- @noindex
-- Writing into tracks: where notes can go, new items, and taking out what stood there.
-- Nothing here opens an undo block; `landing` does.
return function(app)
  local items = {}
  local NEAR = 1e-4

  function items.guid(item)
    local _, guid = reaper.GetSetMediaItemInfo_String(item, "GUID", "", false)
    return guid
  end

  function items.named(track, guid)
    for index = 0, reaper.CountTrackMediaItems(track) - 1 do
      local item = reaper.GetTrackMediaItem(track, index)
      if items.guid(item) == guid then return item end
    end
    return nil
  end

  -- Notes (ticks from `at`) that begin in a stretch, their ends not behind it.
  local function inside(notes, at, from, to)
    local found = {}
    for _, note in ipairs(notes) do
      local onset = at + app.clock.qn(note.onset)
      if onset >= from - 1e-6 and onset < to - 1e-6 then found[#found + 1] = note end
    end
    return found
  end

  -- Stretches of [from, to) on a track: { item, start, finish }, without an item where none is.
  -- Ends with a fault where an item holds no notes or repeats its source. `gone` names items
  -- that will be taken away first.
  function items.stretches(project, track, from, to, gone)
    local found, at = {}, from
    for _, item in ipairs(app.notes.items(project, track, from, to)) do
      if not gone[items.guid(item)] then
        local take = app.notes.take(item)
        if not take then app.talk.stop("occupied") end
        if app.notes.pass(project, item, take) then app.talk.stop("looped") end
        local start, finish = app.notes.span(project, item)
        if start > at + NEAR then found[#found + 1] = { start = at, finish = start } end
        local low, high = math.max(at, start), math.min(to, finish)
        if high > low + NEAR then
          found[#found + 1] = { item = item, start = low, finish = high }
          at = high
        end
      end
    end
    if at < to - NEAR then found[#found + 1] = { start = at, finish = to } end
    return found
  end

  local function pool_of(item)
    local _, chunk = reaper.GetItemStateChunk(item, "", false)
    return chunk:match("POOLEDEVTS ({[^}]+})")
  end

  -- Ends with a fault where another item plays the same notes: they would change there as well.
  -- Only items with as many events can be copies, so that few are looked at closely.
  function items.check_alone(project, item)
    local take, pool = app.notes.take(item), nil
    local _, count, controls = reaper.MIDI_CountEvts(take)
    for place = 0, reaper.CountTracks(project) - 1 do
      local track = reaper.GetTrack(project, place)
      for index = 0, reaper.CountTrackMediaItems(track) - 1 do
        local other = reaper.GetTrackMediaItem(track, index)
        local its = other ~= item and app.notes.take(other)
        if its then
          local _, notes, others = reaper.MIDI_CountEvts(its)
          if notes == count and others == controls then
            pool = pool or pool_of(item)
            if pool and pool == pool_of(other) then app.talk.stop("pooled") end
          end
        end
      end
    end
  end

  -- One item that can be drawn out over all of [from, to), nil where there is none or several.
  function items.single(stretches)
    local only = nil
    for _, stretch in ipairs(stretches) do
      if stretch.item and only then return nil end
      only = stretch.item or only
    end
    return only
  end

  -- Draws an item out so that it covers [from, to).
  function items.cover(project, item, from, to)
    local start, finish = app.notes.span(project, item)
    if start <= from + NEAR and finish >= to - NEAR then return end
    if not reaper.MIDI_SetItemExtents(item, math.min(start, from), math.max(finish, to)) then
      app.talk.stop("occupied")
    end
  end

  -- Takes out the notes of an item that begin in [from, to).
  function items.clear(item, from, to)
    local take = app.notes.take(item)
    local _, count = reaper.MIDI_CountEvts(take)
    for index = count - 1, 0, -1 do
      local _, _, _, start = reaper.MIDI_GetNote(take, index)
      local onset = reaper.MIDI_GetProjQNFromPPQPos(take, start)
      -- What follows lies further in front.
      if onset < from - 1e-6 then break end
      if onset >= from - 1e-6 and onset < to - 1e-6 then reaper.MIDI_DeleteNote(take, index) end
    end
  end

  -- Writes notes (ticks from `at`, a QN) into an item, none sounding past `limit`.
  function items.fill(item, notes, at, limit, channel)
    local take = app.notes.take(item)
    if not take then app.talk.stop("bad-answer") end
    for _, note in ipairs(notes) do
      local onset = at + app.clock.qn(note.onset)
      local finish = math.min(onset + app.clock.qn(note.duration), limit)
      local from = math.floor(reaper.MIDI_GetPPQPosFromProjQN(take, onset) + 0.5)
      local to = math.floor(reaper.MIDI_GetPPQPosFromProjQN(take, finish) + 0.5)
      local done = reaper.MIDI_InsertNote(take, false, false, from, math.max(to, from + 1),
        channel or note.channel, note.pitch, note.velocity, true)
      if not done then error("a note could not be written", 0) end
    end
    reaper.MIDI_Sort(take)
  end

  -- A new item over exactly [from, to), named, with the notes that begin in it.
  function items.new(track, from, to, name, notes, at, channel)
    local item = reaper.CreateNewMIDIItemInProj(track, from, to, true)
    if not item then error("an item could not be made", 0) end
    local take = reaper.GetActiveTake(item)
    reaper.GetSetMediaItemTakeInfo_String(take, "P_NAME", name, true)
    items.fill(item, inside(notes, at, from, to), at, to, channel)
    return item
  end

  -- Chord symbols as text events, so that the piano roll shows them above the notes.
  function items.label(project, item, chords, at)
    local take = app.notes.take(item)
    local start, finish = app.notes.span(project, item)
    for _, chord in ipairs(chords) do
      local onset = at + app.clock.qn(chord.onset)
      if onset >= start - 1e-6 and onset < finish - 1e-6 then
        local place = math.floor(reaper.MIDI_GetPPQPosFromProjQN(take, onset) + 0.5)
        reaper.MIDI_InsertTextSysexEvt(take, false, false, place, 1, chord.text)
      end
    end
    if #chords > 0 then reaper.MIDI_Sort(take) end
  end

  -- Writes notes into the stretches of a track; gives a row for each item that holds some.
  function items.write(project, track, stretches, part)
    local rows = {}
    local only = items.single(stretches)
    if only then
      items.cover(project, only, part.from, part.to)
      stretches = { { item = only, start = part.from, finish = part.to } }
    end
    for _, stretch in ipairs(stretches) do
      local own = inside(part.notes, part.from, stretch.start, stretch.finish)
      local row = { start = app.clock.ticks(stretch.start), finish = app.clock.ticks(stretch.finish) }
      if stretch.item then
        row.kind, row.item = "notes", items.guid(stretch.item)
        row.before = app.notes.item_hash(project, stretch.item, stretch.start, stretch.finish)
        items.clear(stretch.item, stretch.start, stretch.finish)
        items.fill(stretch.item, own, part.from, stretch.finish, part.channel)
        rows[#rows + 1] = row
      elseif #own > 0 or #stretches == 1 then
        local item = items.new(track, stretch.start, stretch.finish, part.name, own, part.from,
          part.channel)
        row.kind, row.item, row.before = "item", items.guid(item), ""
        rows[#rows + 1] = row
      end
    end
    return rows
  end

  return items
end
