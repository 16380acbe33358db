-- @noindex
-- What outlives a script: requests that wait for an answer (in memory, for all scripts of this
-- REAPER) and the last answer of a project (with the project).
--
-- A record holds plain fields, `tracks` (ids of the selected tracks) and `landed` (what was
-- written: one row an item).
return function(app)
  local store = {}
  local ROW = { "k", "kind", "track", "item", "hash", "before", "created", "start", "finish" }
  local NUMBERS = { "number", "start", "finish", "at", "length", "next", "asked", "deadline" }

  local function row_text(row)
    local out = {}
    for index, name in ipairs(ROW) do out[index] = tostring(row[name]) end
    return table.concat(out, ";")
  end

  local function row_of(text)
    local row = {}
    for index, value in ipairs(app.lines.split(text, ";")) do row[ROW[index]] = value end
    for _, name in ipairs({ "k", "start", "finish" }) do
      row[name] = math.tointeger(tonumber(row[name]))
    end
    row.created = row.created == "true"
    return row
  end

  local function encoded(record)
    local pairs_, names = {}, {}
    for name in pairs(record) do names[#names + 1] = name end
    table.sort(names)
    for _, name in ipairs(names) do
      if name ~= "tracks" and name ~= "landed" then
        pairs_[#pairs_ + 1] = { name, tostring(record[name]) }
      end
    end
    for _, guid in ipairs(record.tracks) do pairs_[#pairs_ + 1] = { "track", guid } end
    for _, row in ipairs(record.landed) do pairs_[#pairs_ + 1] = { "landed", row_text(row) } end
    -- One line, whatever REAPER makes of line breaks in what it keeps.
    return (app.lines.encode(pairs_):gsub("|", "/"):gsub("\n", "|"))
  end

  local function decoded(text)
    local record, pairs_ = { tracks = {}, landed = {} }, app.lines.decode((text:gsub("|", "\n")))
    for _, pair in ipairs(pairs_) do
      if pair[1] == "track" then
        record.tracks[#record.tracks + 1] = pair[2]
      elseif pair[1] == "landed" then
        record.landed[#record.landed + 1] = row_of(pair[2])
      else
        record[pair[1]] = pair[2]
      end
    end
    for _, name in ipairs(NUMBERS) do record[name] = tonumber(record[name]) end
    for _, name in ipairs({ "number", "start", "finish", "at", "length", "next" }) do
      record[name] = record[name] and math.tointeger(record[name])
    end
    return record
  end

  -- The requests that wait, in the order they were asked.
  function store.waiting()
    local found = {}
    local text = reaper.GetExtState("Antiphon", "waiting")
    for _, block in ipairs(app.lines.split(text, "||")) do
      if block ~= "" then found[#found + 1] = decoded(block) end
    end
    return found
  end

  function store.set_waiting(records)
    local out = {}
    for index, record in ipairs(records) do out[index] = encoded(record) end
    reaper.SetExtState("Antiphon", "waiting", table.concat(out, "|"), false)
  end

  -- Adds a request, in place of one of the same name.
  function store.wait(record)
    local kept = {}
    for _, other in ipairs(store.waiting()) do
      if other.name ~= record.name then kept[#kept + 1] = other end
    end
    kept[#kept + 1] = record
    store.set_waiting(kept)
  end

  function store.drop(name)
    local kept = {}
    for _, other in ipairs(store.waiting()) do
      if other.name ~= name then kept[#kept + 1] = other end
    end
    store.set_waiting(kept)
  end

  -- The last answer in a project, nil where there is none.
  function store.answer(project)
    local there, text = reaper.GetProjExtState(project, "Antiphon", "answer")
    if there == 0 or text == "" then return nil end
    return decoded(text)
  end

  -- Remembers the last answer with the project; nil forgets it. What a project file cannot
  -- hold in one line is left out: names are not needed to find the answer again.
  function store.set_answer(project, record)
    local text = ""
    if record then
      local plain = { tracks = record.tracks, landed = record.landed }
      for _, name in ipairs({ "id", "number", "task", "start", "finish", "at", "length", "source",
        "after", "words" }) do
        plain[name] = record[name]
      end
      text = encoded(plain)
    end
    reaper.SetProjExtState(project, "Antiphon", "answer", text)
  end

  -- Earlier answers of this sitting, by id: the panel may put another take of them.
  function store.remember(record)
    reaper.SetExtState("Antiphon", "past/" .. record.id, encoded(record), false)
  end

  function store.remembered(id)
    local text = reaper.GetExtState("Antiphon", "past/" .. id)
    return text ~= "" and decoded(text) or nil
  end

  -- The span that the panel was shown last: answers to it come without a question of ours.
  function store.region()
    local text = reaper.GetExtState("Antiphon", "region")
    return text ~= "" and decoded(text) or nil
  end

  function store.set_region(record)
    reaper.SetExtState("Antiphon", "region", encoded(record), false)
  end

  return store
end
