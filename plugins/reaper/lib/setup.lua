-- @noindex
-- Registers every action, and the line that starts the loop with REAPER.
return function(app)
  local setup = {}
  local SECTIONS = { 0, 32060 }
  local MARK = "-- Antiphon: this line only"
  local LOOP = "antiphon_loop.lua"

  local function start_line(command)
    return string.format(
      'do local id = reaper.NamedCommandLookup("%s") if id ~= 0 then reaper.Main_OnCommand(id, 0) '
        .. "end end %s",
      command, MARK)
  end

  -- The text of __startup.lua with our line once, all else as it was.
  function setup.started(text, command)
    local kept = {}
    for line in text:gmatch("([^\n]*\n?)") do
      if line ~= "" and not line:find(MARK, 1, true) then kept[#kept + 1] = line end
    end
    local rest = table.concat(kept)
    if rest ~= "" and rest:sub(-1) ~= "\n" then rest = rest .. "\n" end
    return rest .. start_line(command) .. "\n"
  end

  -- Registers the actions, or takes them out; gives the loop's command and what failed.
  function setup.register(add)
    local actions = dofile(app.folder .. "lib/actions.lua")
    local failed, loop = {}, nil
    for index, action in ipairs(actions) do
      for place, section in ipairs(SECTIONS) do
        local last = index == #actions and place == #SECTIONS
        local id = reaper.AddRemoveReaScript(add, section, app.folder .. action[1], last)
        if id == 0 then failed[#failed + 1] = action[2] end
        if action[1] == LOOP and section == 0 then loop = id end
      end
    end
    return loop, failed, actions
  end

  local function words_for(actions)
    local out = { "Antiphon's actions are in the list of actions (?), in the main section and "
      .. "in the MIDI editor's.", "",
      "Keys that are free in REAPER as it comes (with Ctrl, Alt and Shift):", "" }
    for _, action in ipairs(actions) do
      if action[3] ~= "" then out[#out + 1] = action[3] .. "   " .. action[2] end
    end
    out[#out + 1] = ""
    out[#out + 1] = "Give them in the list of actions with Add… under Shortcuts. For a button or "
      .. "a menu: Options, Customize menus/toolbars."
    return table.concat(out, "\n")
  end

  -- The first run: everything above, and a box that says so.
  function setup.run()
    local loop, failed, actions = setup.register(true)
    if #failed > 0 then
      app.talk.say("REAPER did not take these scripts: " .. table.concat(failed, ", ") .. ".",
        "Look whether they are still in " .. app.folder .. ".")
      return
    end
    local path = reaper.GetResourcePath() .. "/Scripts/__startup.lua"
    local command = reaper.ReverseNamedCommandLookup(loop)
    local old = app.files.read(path) or ""
    local new = setup.started(old, "_" .. command:gsub("^_", ""))
    if new ~= old then app.files.write(path, new) end
    app.talk.say(words_for(actions), "")
    reaper.Main_OnCommand(loop, 0)
  end

  return setup
end
