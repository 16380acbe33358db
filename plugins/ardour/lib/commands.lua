-- What the actions do, and what the service may tell this Ardour to do.
return function(app)
  local commands = {}
  local TASKS = {
    generate = true, continue = true, fill = true, vary = true, harmonize = true, bass = true,
    drums = true, accompany = true, arrange = true, restyle = true,
  }
  local NOT_WORDS = { antiphon = true, message = true, what = true }

  local function open_panel()
    if not app.files.start("panel") then app.talk.fail("not-started") end
  end

  local function act(what, words)
    if not Session then app.talk.fail("no-session") end
    if TASKS[what] then
      app.asking.ask(what, words)
    elseif what == "next" then
      app.asking.step(1)
    elseif what == "previous" then
      app.asking.step(-1)
    elseif what == "keep" then
      app.asking.keep()
    elseif what == "cancel" then
      app.asking.cancel()
    elseif what == "region" then
      app.asking.region()
    elseif what == "put" then
      app.asking.put(words.id or "", words.number)
    elseif what == "open" then
      open_panel()
    end
  end

  -- Acts as if the action's key had been pressed; never raises.
  function commands.press(what, words)
    return app.talk.attempt(act, what, words or {})
  end

  -- Reads and obeys the service's command, where there is one.
  function commands.obey()
    local path = app.files.run("do/ardour.do")
    local text = app.files.read(path)
    if not text then return end
    os.remove(path)
    local one, words = app.lines.read(text).one, {}
    if one.antiphon ~= "1" or one.message ~= "do" then return end
    for name, value in pairs(one) do
      if not NOT_WORDS[name] then words[name] = value end
    end
    -- The panel asks for the region by itself: nobody pressed a key, so no box answers.
    if one.what == "region" then
      pcall(act, "region", words)
    else
      commands.press(one.what, words)
    end
  end

  return commands
end
