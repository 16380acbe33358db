-- @noindex
-- Waiting for answers without ever standing still: a look at the outbox in every turn of the
-- loop, and the sentence where nothing comes.
return function(app)
  local waiting = {}
  -- A service that runs takes a request within a twentieth of a second.
  local MOST_REMARKS = 4
  local UNTAKEN, STARTING, CALLED_OFF = 2, 25, 2

  local function in_front(record)
    local project = app.region.project()
    return tostring(project) == record.project and project or nil
  end

  -- Whether a project is still open.
  local function is_open(record)
    local index = 0
    while true do
      local project = reaper.EnumProjects(index)
      if not project then return false end
      if tostring(project) == record.project then return true end
      index = index + 1
    end
  end

  local function number(text)
    return math.tointeger(tonumber(text))
  end

  local function inside(value, low, high)
    return value and value >= low and value <= high
  end

  local function add_parts(reply, pairs_)
    for _, row in ipairs(app.lines.rows(pairs_, "part")) do
      local k = number(row[1])
      if not k or k ~= #reply.parts + 1 or #row < 7 then return false end
      reply.parts[k] = {
        own = row[3] == "1", into = row[4], drums = row[5] == "1",
        program = number(row[6]) or -1, name = row[7], notes = {},
      }
    end
    return #reply.parts > 0
  end

  local function add_notes(reply, pairs_)
    for _, row in ipairs(app.lines.rows(pairs_, "note")) do
      local part = reply.parts[number(row[1]) or 0]
      local note = {
        onset = number(row[2]), duration = number(row[3]), pitch = number(row[4]),
        velocity = number(row[5]), channel = number(row[6]),
      }
      local good = part and inside(note.onset, 0, reply.length - 1)
        and inside(note.duration, 1, reply.length) and inside(note.pitch, 0, 127)
        and inside(note.velocity, 1, 127) and inside(note.channel, 0, 15)
      if not good then return false end
      part.notes[#part.notes + 1] = note
    end
    return true
  end

  -- A take as it will be written, nil where a line of it is not as it must be: a reply is
  -- complete and valid before the first note is written.
  function waiting.read_take(pairs_)
    local values = app.lines.values(pairs_)
    local reply = {
      id = values.id, number = number(values.number), title = values.title,
      at = number(values.at), length = number(values.length), parts = {}, chords = {},
    }
    if not (reply.id and inside(reply.number, 0, 1000000) and inside(reply.at, 0, 1 << 40)
      and inside(reply.length, 1, 1 << 40) and (reply.title or "") ~= "") then
      return nil
    end
    if not add_parts(reply, pairs_) or not add_notes(reply, pairs_) then return nil end
    reply.remarks = {}
    for index, row in ipairs(app.lines.rows(pairs_, "remark")) do
      if index <= MOST_REMARKS then reply.remarks[index] = row[1] end
    end
    for _, row in ipairs(app.lines.rows(pairs_, "chord")) do
      local onset = number(row[1])
      if onset and row[2] then
        reply.chords[#reply.chords + 1] = { onset = onset, text = row[2] }
      end
    end
    return reply
  end

  local function forget_files(record)
    app.files.remove(app.files.path("inbox/" .. record.name .. ".ask"))
    app.files.remove(app.files.path("inbox/" .. record.name .. ".mid"))
    app.files.remove(app.files.path("outbox/" .. record.name .. ".progress"))
  end

  local function land(record, pairs_, project)
    local reply = app.waiting.read_take(pairs_)
    if not reply then app.talk.stop("bad-answer") end
    local landed = app.landing.land(project, record, reply)
    -- The answer stands: whatever fails from here on must not say that nothing was written.
    pcall(app.store.remember, landed)
    pcall(app.asking.tell_kept, reply.id, landed.number)
    local said = { reply.title, table.unpack(reply.remarks) }
    if #record.landed == 0 and landed.landed[1] and landed.landed[1].created then
      said[#said + 1] = app.talk.words("no-instrument")
    end
    pcall(app.talk.hint, table.concat(said, "\n"))
  end

  local function take_reply(record, path, project)
    local text = app.files.read(path)
    local pairs_ = app.lines.decode(text)
    local values = app.lines.values(pairs_)
    app.files.remove(path)
    -- Before anything can fail: one answer is tried once, whatever comes of it.
    app.store.drop(record.name)
    app.files.remove(app.files.path("outbox/" .. record.name .. ".progress"))
    if record.cancelled == "1" then return end
    if values.antiphon ~= app.protocol then app.talk.stop("other-version") end
    if values.message == "take" then
      land(record, pairs_, project)
    elseif values.message == "fault" then
      if values.code ~= "cancelled" then
        app.talk.answered(values)
      end
    else
      app.talk.stop("bad-answer")
    end
  end

  local function show_progress(record)
    local path = app.files.path("outbox/" .. record.name .. ".progress")
    local text = app.files.read(path)
    if not text then return end
    app.files.remove(path)
    local values = app.lines.values(app.lines.decode(text))
    local done = math.floor((tonumber(values.fraction) or 0) * 100)
    app.talk.hint(string.format("Antiphon: %s, %d/100", values.stage or "", done))
  end

  local function give_up(record, code)
    app.store.drop(record.name)
    forget_files(record)
    if code == "deadline-passed" then app.asking.tell_cancelled(record.id) end
    app.talk.stop(code)
  end

  -- Wakes a service that does not take the request, or gives up.
  local function watch_over(record)
    local age = reaper.time_precise() - record.asked
    if record.cancelled == "1" then
      if age > CALLED_OFF then app.store.drop(record.name) end
      return
    end
    if age > UNTAKEN and app.files.exists(app.files.path("inbox/" .. record.name .. ".ask")) then
      if record.started ~= "1" then
        app.asking.wake(record)
        app.store.wait(record)
      elseif age > STARTING then
        give_up(record, "service-not-running")
      end
    elseif age > (record.deadline or 60) then
      give_up(record, "deadline-passed")
    end
  end

  local function look(record)
    local path = app.files.path("outbox/" .. record.name .. "." .. record.next .. ".reply")
    if not app.files.exists(path) then
      show_progress(record)
      watch_over(record)
      return
    end
    local project = in_front(record)
    if project then
      take_reply(record, path, project)
    elseif not is_open(record) then
      app.store.drop(record.name)
      app.files.remove(path)
    end
    -- Another project is in front: the answer waits until its own is.
  end

  -- One turn: every request looked at once. True while something is awaited or shown.
  function waiting.turn()
    for _, record in ipairs(app.store.waiting()) do
      if not app.talk.guarded(look, record) then app.store.drop(record.name) end
    end
    local shows = app.talk.fade()
    return shows or #app.store.waiting() > 0
  end

  -- Calls off what waits in the project in front; gives how many requests that were.
  function waiting.cancel()
    local count = 0
    for _, record in ipairs(app.store.waiting()) do
      if in_front(record) and record.cancelled ~= "1" then
        forget_files(record)
        -- What comes yet is taken away unread.
        record.cancelled, record.asked = "1", reaper.time_precise()
        app.store.wait(record)
        app.asking.tell_cancelled(record.id)
        count = count + 1
      end
    end
    return count
  end

  -- The request that waits in the project in front for a take of an answer, nil without one.
  function waiting.of(id)
    for _, record in ipairs(app.store.waiting()) do
      if record.id == id and in_front(record) and record.cancelled ~= "1" then return record end
    end
    return nil
  end

  return waiting
end
