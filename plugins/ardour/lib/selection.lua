-- What is selected, with the music around it, as a message to the service.
return function(app)
  local selection = {}
  local CONTEXT = 16
  local MAX_PARTS, MAX_NOTES = 64, 40000
  -- A region's end may lie a hair beside its barline where audio time was in play.
  local NEAR = 12

  local function at_barline(ticks)
    local bar = app.clock.bar_at(ticks + NEAR)
    local start = app.clock.bar_start(bar)
    return math.abs(start - ticks) <= NEAR and start or ticks
  end

  local function of_regions(regions, all)
    local from, to, chosen, has_audio
    local ids = {}
    for region in regions:iter() do
      if app.music.midi(region) then
        local first, last = app.music.span(region)
        from, to = math.min(from or first, first), math.max(to or last, last)
        ids[#ids + 1] = region
      else
        has_audio = true
      end
    end
    if #ids == 0 then return nil, has_audio end
    chosen = {}
    for _, one in ipairs(all) do
      for _, region in ipairs(ids) do
        if app.music.holds(one.playlist, region) then
          chosen[#chosen + 1] = one
          break
        end
      end
    end
    return { from = at_barline(from), to = at_barline(to), tracks = chosen }
  end

  local function of_range(selected, all)
    local time = selected.time
    local from, to = time:start_sample(), time:end_sample()
    if to <= from then return nil end
    local map = Temporal.TempoMap.read()
    local chosen = {}
    for route in selected.tracks:routelist():iter() do
      local one = app.tracks.by_id(app.music.id(route), all)
      if one then chosen[#chosen + 1] = one end
    end
    if #chosen == 0 then return nil end
    return {
      from = at_barline(app.clock.of_beats(map:quarters_at_sample(from))),
      to = at_barline(app.clock.of_beats(map:quarters_at_sample(to))),
      tracks = chosen,
    }
  end

  -- The selected span: from, to (ticks) and its tracks. Raises a sentence where there is none.
  function selection.span()
    local all = app.tracks.all()
    local selected = Editor:get_selection()
    local found, has_audio = of_regions(selected.regions:regionlist(), all)
    found = found or of_range(selected, all)
    if not found then app.talk.fail(has_audio and "not-midi" or "nothing-selected") end
    if #found.tracks == 0 then app.talk.fail("nothing-selected") end
    return found, all
  end

  local function playlists(list)
    local found = {}
    for index, one in ipairs(list) do found[index] = one.playlist end
    return found
  end

  -- What tells whether the selected span is as it was.
  function selection.revision(list, from, to)
    return app.music.revision(playlists(list), from, to)
  end

  local function part_of(one, from, to)
    local notes = app.music.notes(one.playlist, from, to)
    local is_drums = app.tracks.is_drums(one.name, notes)
    for _, note in ipairs(notes) do
      local onset = app.clock.wire(note.onset - from)
      note.duration = math.max(app.clock.wire(note.onset + note.duration - from) - onset, 1)
      note.onset = onset
    end
    return { name = one.name, is_drums = is_drums, notes = notes, id = one.id }
  end

  -- The parts: selected tracks first, then the others that sound in the same stretch.
  local function parts_of(span, all, from, to)
    local parts, chosen, count = {}, {}, 0
    for _, one in ipairs(span.tracks) do
      chosen[one.id] = true
      parts[#parts + 1] = part_of(one, from, to)
      parts[#parts].is_selected = true
      count = count + #parts[#parts].notes
    end
    if count > MAX_NOTES then app.talk.fail("too-many-notes") end
    for _, one in ipairs(all) do
      if not chosen[one.id] and not one.route:muted() and #parts < MAX_PARTS then
        local part = part_of(one, from, to)
        count = count + #part.notes
        if #part.notes > 0 and count <= MAX_NOTES then parts[#parts + 1] = part end
      end
    end
    return parts
  end

  local function map_of(from, to)
    local bars, last = {}, {}
    local found = app.clock.bars(from, to)
    for index, bar in ipairs(found) do
      local row = { tick = app.clock.wire(bar.start - from) }
      if bar.top ~= last.top or bar.bottom ~= last.bottom then
        row.top, row.bottom = bar.top, bar.bottom
      end
      if bar.tempo ~= last.tempo then row.tempo = bar.tempo end
      bars[index], last = row, bar
    end
    return bars, found[1].number
  end

  -- Rows and music of what is selected, and the record by which the answer finds its place.
  function selection.message()
    local span, all = selection.span()
    local first = math.max(1, app.clock.bar_at(span.from) - CONTEXT)
    local last = app.clock.bar_at(math.max(span.to - 1, span.from)) + CONTEXT + 1
    local from, to = app.clock.bar_start(first), app.clock.bar_start(last)
    local parts = parts_of(span, all, from, to)
    local bars, number = map_of(from, to)
    local map = { title = Session:name(), bars = bars, finish = app.clock.wire(to - from) }
    local revision = selection.revision(span.tracks, span.from, span.to)
    local rows = {
      { "phrase_start", app.clock.wire(from) }, { "first_measure", number },
      { "region_start", app.clock.wire(span.from) }, { "region_end", app.clock.wire(span.to) },
      { "revision", revision },
    }
    local record = {
      document = Session:path(), revision = revision, from = tostring(span.from),
      to = tostring(span.to), track = {}, placed = {},
    }
    for index, part in ipairs(parts) do
      rows[#rows + 1] = { "part", table.concat({
        index, part.id, part.is_selected and 1 or 0, part.is_drums and 1 or 0, -1,
        (part.name:gsub("%c", " ")) }, "\t") }
      if part.is_selected then record.track[#record.track + 1] = part.id end
    end
    return rows, app.smf.bytes(map, parts), record
  end

  return selection
end
