-- What is remembered between a key press and its answer. Actions and the timer have no memory
-- in common, so it is kept in files; all run on Ardour's one thread for its windows.
return function(app)
  local store = {}
  local KEPT = 40

  local function rows_of(record)
    local rows = {}
    for key, value in pairs(record) do
      if type(value) == "table" then
        for _, one in ipairs(value) do rows[#rows + 1] = { key, one } end
      else
        rows[#rows + 1] = { key, value }
      end
    end
    return rows
  end

  -- A record: texts by name; `track` and `placed` are lists.
  local function record_of(text)
    local message = app.lines.read(text)
    local record = message.one
    record.track, record.placed = message.all.track or {}, message.all.placed or {}
    return record
  end

  local function tag(text)
    local hash = app.music.hash_of(text)
    return hash:sub(-12)
  end

  -- Requests that wait for their answer, the oldest first.
  function store.waiting()
    local text = app.files.read(app.files.own("waiting"))
    local found = {}
    if not text then return found end
    for block in (text .. "\n"):gmatch("(.-)\n\n") do
      if block:match("%S") then found[#found + 1] = record_of(block .. "\n") end
    end
    return found
  end

  function store.set_waiting(records)
    local path = app.files.own("waiting")
    if #records == 0 then
      os.remove(path)
      return
    end
    local out = {}
    for index, record in ipairs(records) do
      out[index] = app.lines.text(rows_of(record)) .. "\n"
    end
    app.files.write(path, table.concat(out))
  end

  function store.add_waiting(record)
    local records = store.waiting()
    records[#records + 1] = record
    store.set_waiting(records)
  end

  -- The record of a request that was answered, nil where it is not known any more.
  function store.answered(id)
    local text = app.files.read(app.files.own("answer-" .. tag(id)))
    local record = text and record_of(text)
    return record and record.id == id and record or nil
  end

  -- Keeps the record of an answer; it is the project's last one now. Old ones go.
  function store.set_answered(record)
    local name = "answer-" .. tag(record.id)
    app.files.write(app.files.own(name), app.lines.text(rows_of(record)))
    app.files.write(app.files.own("last-" .. tag(record.document)), record.id)
    local names, seen = { name }, { [name] = true }
    for one in (app.files.read(app.files.own("answers")) or ""):gmatch("[^\n]+") do
      if not seen[one] then names[#names + 1], seen[one] = one, true end
    end
    while #names > KEPT do os.remove(app.files.own(table.remove(names))) end
    app.files.write(app.files.own("answers"), table.concat(names, "\n") .. "\n")
  end

  -- The record of the last answer in a project that was not settled by Keep, or nil.
  function store.last(document)
    local id = app.files.read(app.files.own("last-" .. tag(document)))
    return id and store.answered(id) or nil
  end

  function store.settle(document)
    os.remove(app.files.own("last-" .. tag(document)))
  end

  -- What was selected when the panel last asked for it.
  function store.region()
    local text = app.files.read(app.files.own("region"))
    return text and record_of(text) or nil
  end

  function store.set_region(record)
    app.files.write(app.files.own("region"), app.lines.text(rows_of(record)))
  end

  return store
end
