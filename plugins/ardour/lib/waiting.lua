-- What waits for the service: looks for replies, and notices where none will come.
return function(app)
  local waiting = {}
  local PATIENCE = { start = 3, heard = 30, answer = 330, kept = 30 }

  local function age(since)
    return os.time() - (tonumber(since) or 0)
  end

  local function forget_files(record)
    for _, path in ipairs({ app.files.run("inbox/" .. record.name), app.files.own(record.name) }) do
      os.remove(path .. ".ask")
      os.remove(path .. ".mid")
    end
  end

  -- Sends what could not be sent before, once the service has made its folder.
  local function send_later(record)
    local text = app.files.read(app.files.own(record.name .. ".ask"))
    if not text then return end
    local music = app.files.read(app.files.own(record.name .. ".mid"))
    local inbox = app.files.run("inbox/" .. record.name)
    if music and not pcall(app.files.write, inbox .. ".mid", music) then return end
    if pcall(app.files.write, inbox .. ".ask", text) then
      os.remove(app.files.own(record.name .. ".ask"))
      os.remove(app.files.own(record.name .. ".mid"))
      record.later = nil
    end
  end

  -- Whether a message still lies where nobody has read it.
  local function is_unheard(record)
    if record.later then return true end
    return app.files.read(app.files.run("inbox/" .. record.name .. ".ask")) ~= nil
  end

  -- Sees to a request without a reply; true where it is over.
  local function look_after(record)
    if record.kind == "kept" then return age(record.since) > PATIENCE.kept end
    if record.later then send_later(record) end
    if not record.heard then
      if not is_unheard(record) then
        record.heard = app.files.service() or "0"
      elseif not record.started and age(record.since) >= PATIENCE.start then
        record.started = tostring(os.time())
        app.files.start("serve")
      elseif age(record.since) > PATIENCE.heard then
        forget_files(record)
        app.talk.fail("no-answer")
      end
      return false
    end
    local is_same_service = app.files.service() == record.heard
    if not is_same_service and age(record.since) > PATIENCE.heard then app.talk.fail("no-answer") end
    if age(record.since) > PATIENCE.answer then app.talk.fail("no-answer") end
    return false
  end

  local function drop_parts(message)
    for _, value in ipairs(message.all.part or {}) do
      local path = app.lines.fields(value)[8]
      if path and path:sub(1, #app.place.run_folder) == app.place.run_folder then
        os.remove(path)
      end
    end
  end

  -- Acts on a reply; true where the request is over.
  local function hear(record, message)
    local one = message.one
    if record.kind == "kept" then return true end
    if one.message == "fault" then
      if one.code == "cancelled" then return true end
      error({ sentence = one.sentence or "", remedy = one.remedy or "" }, 0)
    end
    if one.message ~= "take" then return false end
    local take = app.landing.take_of(message)
    local is_wanted = record.kind == "ask" and record.reply == "0"
      or record.kind == "again" and tostring(take.number) == record.number
    local fine, problem = true, nil
    if is_wanted then fine, problem = pcall(app.landing.land, take, record) end
    drop_parts(message)
    if not fine then error(problem, 0) end
    record.reply = tostring(math.tointeger(tonumber(record.reply)) + 1)
    return take.is_last or record.kind == "again"
  end

  local function step(record)
    if record.document ~= Session:path() then return age(record.since) > PATIENCE.answer end
    local path = app.files.run(string.format("outbox/%s.%s.reply", record.name, record.reply))
    local text = app.files.read(path)
    if not text then return look_after(record) end
    -- Ardour imports nothing while it records.
    if Session:actively_recording() then return false end
    os.remove(path)
    return hear(record, app.lines.read(text))
  end

  local function told(records)
    local out = {}
    for index, record in ipairs(records) do
      out[index] = table.concat({ record.name, record.reply, tostring(record.heard),
        tostring(record.started), tostring(record.later) }, " ")
    end
    return table.concat(out, "\n")
  end

  -- Looks once at everything that waits. What an answer raises is shown after all was looked at.
  function waiting.look()
    local records = app.store.waiting()
    if #records == 0 then return end
    local before, problems, over = told(records), {}, {}
    for _, record in ipairs(records) do
      local fine, result = pcall(step, record)
      if not fine then problems[#problems + 1] = result end
      if not fine or result then over[record.name] = true end
    end
    -- Landing an answer adds to the list (the service is told), so it is read again.
    local left, changed = {}, {}
    for _, record in ipairs(records) do changed[record.name] = record end
    for _, record in ipairs(app.store.waiting()) do
      if not over[record.name] then left[#left + 1] = changed[record.name] or record end
    end
    if next(over) or told(left) ~= before then app.store.set_waiting(left) end
    for _, problem in ipairs(problems) do app.talk.attempt(error, problem, 0) end
  end

  return waiting
end
