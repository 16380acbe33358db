-- What a key press sends: asks, other takes, keep, cancel, what is selected.
return function(app)
  local asking = {}

  local function head(message, more)
    local rows = {
      { "antiphon", 1 }, { "message", message }, { "editor", "Ardour " .. app.hook.version() },
      { "document", Session:path() }, { "title", Session:name() },
    }
    for _, row in ipairs(more or {}) do rows[#rows + 1] = row end
    return rows
  end

  -- Sends a message, or keeps it until the service, started now, has made its folder.
  local function deliver(record, rows, music)
    local is_there = app.files.service() ~= nil
    if not is_there then record.started = tostring(os.time()) end
    if not is_there and not app.files.start("serve") then app.talk.fail("no-service") end
    if pcall(app.files.send, record.name, rows, music) then return end
    app.files.write(app.files.own(record.name .. ".ask"), app.lines.text(rows))
    if music then app.files.write(app.files.own(record.name .. ".mid"), music) end
    record.later = "1"
    if is_there then app.files.start("serve") end
  end

  local function wait(record, kind)
    record.kind, record.since, record.reply = kind, tostring(os.time()), "0"
    app.store.add_waiting(record)
  end

  local function is_asked(task, record, said)
    for _, one in ipairs(app.store.waiting()) do
      if one.kind == "ask" and one.task == task and one.document == record.document
        and one.revision == record.revision and one.from == record.from and one.to == record.to
        and one.said == said then
        return true
      end
    end
    return false
  end

  -- Asks for a task about what is selected; `words` are the arguments of the task by name.
  function asking.ask(task, words)
    local rows, music, record = app.selection.message()
    local names, said = {}, { { "task", task } }
    for name in pairs(words or {}) do names[#names + 1] = name end
    table.sort(names)
    for _, name in ipairs(names) do said[#said + 1] = { name, words[name] } end
    record.task, record.said = task, app.lines.text(said)
    -- A key that was pressed twice asks once.
    if is_asked(task, record, record.said) then return end
    record.name = app.files.new_name(task)
    record.id = record.name
    local message = head("ask", { { "id", record.id } })
    for _, row in ipairs(said) do message[#message + 1] = row end
    for _, row in ipairs(rows) do message[#message + 1] = row end
    deliver(record, message, music)
    wait(record, "ask")
  end

  -- Asks for take `number` of the request that `record` tells of.
  function asking.again(record, number)
    for _, one in ipairs(app.store.waiting()) do
      if one.kind == "again" and one.id == record.id then return end
    end
    record.number, record.name = tostring(number), app.files.new_name("again")
    deliver(record, head("again", { { "id", record.id }, { "number", number } }))
    wait(record, "again")
  end

  -- Asks for the take `step` after the one that stands.
  function asking.step(step)
    local record = app.store.last(Session:path())
    if not record then app.talk.fail("nothing-to-repeat") end
    local number = app.checks.standing_number(record) + step
    if number < 0 then app.talk.fail("first-take") end
    asking.again(record, number)
  end

  -- Puts take `number` of a request into the session, also one that the panel asked for.
  function asking.put(id, number)
    local record = app.store.answered(id)
    if not record then
      record = app.store.region() or { from = "0", to = "0", track = {}, revision = "" }
      record.id, record.document, record.placed = id, Session:path(), {}
    end
    asking.again(record, math.tointeger(tonumber(number)) or 0)
  end

  -- Tells the service that a take stands in the session.
  function asking.tell_kept(id, number)
    local record = { id = id, document = Session:path(), track = {}, placed = {} }
    record.name = app.files.new_name("kept")
    local rows = head("kept", { { "id", id }, { "number", number } })
    if pcall(app.files.send, record.name, rows) then wait(record, "kept") end
  end

  -- Settles the last answer: the next take will not replace it.
  function asking.keep()
    local record = app.store.last(Session:path())
    if not record then app.talk.fail("nothing-to-repeat") end
    app.store.settle(record.document)
    asking.tell_kept(record.id, app.checks.standing_number(record))
  end

  -- Stops all that is being written for this session.
  function asking.cancel()
    local found, document = false, Session:path()
    for _, one in ipairs(app.store.waiting()) do
      if one.document == document and one.kind ~= "kept" then
        found = true
        app.files.send(app.files.new_name("cancel"), head("cancel", { { "id", one.id } }))
      end
    end
    if not found then app.talk.fail("nothing-asked") end
  end

  -- Tells what is selected, so that the panel can show it.
  function asking.region()
    local rows, music, record = app.selection.message()
    local name = app.files.new_name("region")
    local message = head("region", { { "id", name } })
    for _, row in ipairs(rows) do message[#message + 1] = row end
    record.id = name
    app.store.set_region(record)
    app.files.send(name, message, music)
  end

  -- Tells that this Ardour is there.
  function asking.hello()
    local path = app.files.run("inbox/ar-hello.ask")
    -- One that nobody read yet is enough.
    if not app.files.read(path) then app.files.write(path, app.lines.text(head("hello"))) end
  end

  return asking
end
