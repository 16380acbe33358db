-- @noindex
-- What each action does, the loop that waits, and the loop that stays (`antiphon_loop.lua`).
return function(app)
  local commands = {}
  local HELLO, ALIVE, POLL, MOST_FAILURES = 5, 3, 0.1, 5
  -- Commas part the questions of REAPER's box, so there is none in one.
  local STYLES = "folk hymn chorale classical romantic jazz pop rock ragtime"

  local function section()
    local _, _, number = reaper.get_action_context()
    return number
  end

  local function answer()
    local project = app.region.project()
    local record = app.store.answer(project)
    if not record then app.talk.stop("no-answer-yet") end
    return project, record
  end

  -- Another take in place of the last; a take that is waited for counts as there.
  local function step(by)
    local project, record = answer()
    local number = record.number
    local asked = app.waiting.of(record.id)
    if asked then
      number = asked.number
      app.store.drop(asked.name)
    end
    if number + by < 0 then app.talk.stop("first-take") end
    app.asking.again(project, record, number + by)
  end

  local function put(words)
    local project = app.region.project()
    local number = math.tointeger(tonumber(words.number)) or 0
    local record = app.store.answer(project)
    if not record or record.id ~= words.id then
      record = app.store.remembered(words.id) or app.store.region()
      if not record or record.project ~= tostring(project) then app.talk.stop("no-answer-yet") end
      record.id = words.id
    end
    app.asking.again(project, record, number)
  end

  -- Whether the last answer is to the same question about the same music.
  local function is_same(project, record, task, words)
    if not record or record.task ~= task then return false end
    if (record.words or "") ~= app.asking.worded(words) then return false end
    local found = app.region.selected(project, section(), task)
    if not found or #found.tracks ~= #record.tracks then return false end
    for index, track in ipairs(found.tracks) do
      if reaper.GetTrackGUID(track) ~= record.tracks[index] then return false end
    end
    if app.clock.ticks(found.start) ~= record.start then return false end
    if app.clock.ticks(found.finish) ~= record.finish then return false end
    local now = app.region.hash(project, found.tracks, found.start, found.finish)
    return now == record.after
  end

  local function style(words)
    if words.style then return words end
    local last = reaper.GetExtState("Antiphon", "style")
    local done, typed = reaper.GetUserInputs("Antiphon: Restyle", 1,
      "Style (" .. STYLES .. "),extrawidth=240", last ~= "" and last or "jazz")
    if not done then return nil end
    reaper.SetExtState("Antiphon", "style", typed, true)
    local with = { style = typed:lower():match("^%s*(.-)%s*$") }
    for key, value in pairs(words) do with[key] = value end
    return with
  end

  -- Pressing the key of the last answer again is the next take, as long as nothing changed.
  local function task(what, words)
    if what == "restyle" then words = style(words) end
    if not words then return end
    local project = app.region.project()
    if is_same(project, app.store.answer(project), what, words) then
      step(1)
    else
      app.asking.ask(what, words, section())
    end
  end

  local function keep()
    local project, record = answer()
    app.asking.tell_kept(record.id, record.number)
    app.store.set_answer(project, nil)
    -- Another take of it stands beside it from now on.
    record.project, record.landed, record.after = tostring(project), {}, nil
    app.store.remember(record)
    app.talk.hint("Antiphon: kept")
  end

  local function cancel()
    if app.waiting.cancel() == 0 then app.talk.stop("nothing-asked") end
    app.talk.hint("Antiphon: cancelled")
  end

  local SPECIAL = {
    next = function() step(1) end,
    previous = function() step(-1) end,
    put = put, keep = keep, cancel = cancel, open = function() app.asking.launch("panel") end,
    region = function()
      -- The panel asks by itself: without a selection there is nothing to show, and no box.
      local done, why = pcall(app.asking.show_region, section())
      if not done then app.talk.whisper(why) end
    end,
  }
  local TASKS = {
    generate = true, continue = true, fill = true, vary = true, harmonize = true, bass = true,
    drums = true, accompany = true, arrange = true, restyle = true,
  }

  -- Does what an action's key, or the panel, asks for. An unknown word does nothing.
  function commands.run(what, words)
    app.talk.guarded(function()
      if SPECIAL[what] then
        SPECIAL[what](words)
      elseif TASKS[what] then
        task(what, words)
      end
    end)
  end

  local function loop_is_alive()
    local beat = tonumber(reaper.GetExtState("Antiphon", "alive")) or -ALIVE
    local age = reaper.time_precise() - beat
    return age >= 0 and age < ALIVE
  end

  local failures = 0

  local function wait()
    local done, goes_on = pcall(function()
      -- The loop that stays takes over where it runs.
      return app.waiting.turn() and not loop_is_alive()
    end)
    -- Nothing was lost by a turn that failed: the next one looks again.
    failures = done and 0 or failures + 1
    if failures > MOST_FAILURES then
      app.talk.guarded(error, goes_on, 0)
    elseif goes_on then
      reaper.defer(wait)
    end
  end

  -- One press of an action's key: does it and, without the loop that stays, waits for the answer.
  function commands.press(what, words)
    -- A second press while the first still waits starts afresh, without a question of REAPER's.
    if reaper.APIExists("set_action_options") then reaper.set_action_options(3) end
    commands.run(what, words or {})
    if not loop_is_alive() then reaper.defer(wait) end
  end

  local function take_command()
    local path = app.files.path("do/reaper.do")
    local text = app.files.read(path)
    if not text then return end
    app.files.remove(path)
    local pairs_ = app.lines.decode(text)
    local values = app.lines.values(pairs_)
    if values.antiphon ~= app.protocol or values.message ~= "do" then return end
    local words = {}
    for _, pair in ipairs(pairs_) do
      if pair[1] ~= "antiphon" and pair[1] ~= "message" and pair[1] ~= "what" then
        words[pair[1]] = pair[2]
      end
    end
    if not words.id or values.what ~= "put" then words.id = nil end
    app.commands.run(values.what, words)
  end

  -- What the service says to the greeting; only that it is of another version.
  local function hear_hello(state)
    local path = app.files.path("outbox/reaper_hello.0.reply")
    local text = app.files.read(path)
    if not text then return end
    app.files.remove(path)
    local values = app.lines.values(app.lines.decode(text))
    if values.message == "fault" and not state.told then
      state.told = true
      app.talk.answered(values)
    end
  end

  -- Greets the service, looks for what the panel asks, waits for every answer; for ever.
  function commands.stay()
    if loop_is_alive() then return end
    -- Running it again stops it, without a question of REAPER's.
    if reaper.APIExists("set_action_options") then reaper.set_action_options(1) end
    local state = { hello = -HELLO, poll = -POLL, told = false }
    local function turn()
      local now = reaper.time_precise()
      reaper.SetExtState("Antiphon", "alive", tostring(now), false)
      -- Nothing that fails here may end the loop: the next turn tries again.
      pcall(function()
        if now - state.hello >= HELLO then
          state.hello = now
          app.asking.hello()
        end
        if now - state.poll >= POLL then
          state.poll = now
          hear_hello(state)
          take_command()
        end
      end)
      pcall(app.waiting.turn)
      reaper.defer(turn)
    end
    reaper.atexit(function() reaper.SetExtState("Antiphon", "alive", "", false) end)
    turn()
  end

  return commands
end
