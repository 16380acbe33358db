-- A strict stand-in for REAPER's `reaper` table: what is not in the table of facts, a wrong count
-- or kind of arguments, an unbalanced undo block or screen refresh and a stale pointer all raise.
local FACTS = dofile(HERE .. "facts.lua")
local music = dofile(HERE .. "music.lua")

local KINDS = { p = "project", t = "track", m = "item", k = "take", s = "source", e = "editor" }
local Pointer = { __name = "pointer", __tostring = function(p) return "userdata: " .. p.name end }

return function(given)
  local double = {
    projects = given.projects, active = 1, ext = {}, boxes = {}, hints = {}, started = {},
    waiting = {}, calls = 0, time = 100, refresh = 0, section = 0, script = "", options = {},
    scripts = {}, commands = {}, at_exit = {}, inputs = nil, editor = nil, pointers = {},
    resources = given.resources or "", names = {}, has_options = true,
    made = given.made or {}, tick = given.tick or 0.033,
  }
  local api = {}

  -- The one pointer of a thing, as REAPER gives the same one every time.
  function double.pointer(kind, thing)
    local name = kind .. (type(thing) == "table" and (thing.guid or thing.file) or tostring(thing))
    if not double.pointers[name] then
      double.pointers[name] = setmetatable({ kind = kind, key = thing.guid or thing.file, name = name },
        Pointer)
    end
    return double.pointers[name]
  end

  function double.project(pointer)
    if pointer == 0 or pointer == nil then return double.projects[double.active] end
    for _, project in ipairs(double.projects) do
      if project.file == pointer.key then return project end
    end
    error("a project that is closed", 0)
  end

  local function fits(sign, value)
    if sign == "p" then return value == 0 or (getmetatable(value) == Pointer and value.kind == "p") end
    if KINDS[sign] then return getmetatable(value) == Pointer and value.kind == sign end
    if sign == "n" then return type(value) == "number" and value == value end
    if sign == "i" then return type(value) == "number" and math.tointeger(value) ~= nil end
    if sign == "c" then return type(value) == "string" end
    if sign == "b" then return type(value) == "boolean" end
    return type(value) == "function"
  end

  local function check(name, fact, ...)
    local least, most, args = 0, 0, table.pack(...)
    for sign, optional in fact[1]:gmatch("(%a)(%??)") do
      most = most + 1
      if optional == "" then least = most end
      local value = args[most]
      if not (optional == "?" and value == nil) and most <= args.n and not fits(sign, value) then
        error(string.format("reaper.%s: argument %d is %s", name, most, tostring(value)), 0)
      end
    end
    if args.n < least or args.n > most then
      error(string.format("reaper.%s wants %d to %d arguments, not %d", name, least, most, args.n), 0)
    end
  end

  -- Makes the call `place` calls from now fail before it does anything.
  function double.fail_after(place)
    double.fail_at = double.calls + place
  end

  -- Makes every call of a function say no from now on, without doing anything.
  double.refused = 0
  function double.refuse(name, answer)
    double.refusing, double.answer = name, answer
  end

  local function call(name, ...)
    local fact = FACTS[name]
    check(name, fact, ...)
    double.calls = double.calls + 1
    double.names[name] = (double.names[name] or 0) + 1
    if double.calls == double.fail_at then error("reaper." .. name .. " failed", 0) end
    -- Of GetTrack only the new track is refused: the one that is made inside a step.
    local is_inside = double.projects[double.active].depth > 0
    if name == double.refusing and is_inside then
      double.refused = double.refused + 1
      return double.answer
    end
    local out = table.pack(api[name](...))
    if out.n ~= fact[2] then error("the stand-in's " .. name .. " gives " .. out.n .. " values", 0) end
    return table.unpack(out, 1, out.n)
  end

  double.reaper = setmetatable({}, {
    __index = function(_, name)
      if not FACTS[name] then error("REAPER has no function " .. tostring(name), 2) end
      if not api[name] then error(name .. " is listed but not imitated", 2) end
      return function(...) return call(name, ...) end
    end,
    __newindex = function() error("a script must not change reaper", 2) end,
  })

  music(double, api)

  -- The program -----------------------------------------------------------------------------

  function api.APIExists(name)
    return name ~= "set_action_options" and FACTS[name] ~= nil or double.has_options
  end
  function api.GetAppVersion() return "7.22/linux-x86_64" end
  function api.GetOS() return "Other" end
  function api.GetResourcePath() return double.resources end
  function api.time_precise()
    double.time = double.time + 0.0001
    return double.time
  end
  function api.get_action_context()
    return false, double.script, double.section, 0, -1, -1, -1, ""
  end
  function api.set_action_options(flag) table.insert(double.options, flag) end
  function api.defer(work)
    table.insert(double.waiting, work)
    return true
  end
  function api.atexit(work) table.insert(double.at_exit, work) end
  function api.ExecProcess(command, wait)
    if wait >= 0 then error("ExecProcess would freeze REAPER", 0) end
    table.insert(double.started, command)
    if given.really then os.execute(command .. " &") end
    return ""
  end
  function api.RecursiveCreateDirectory(path)
    if not double.made[path] then os.execute("mkdir -p '" .. path .. "'") end
    double.made[path] = true
    return 1
  end
  function api.ShowMessageBox(text)
    table.insert(double.boxes, text)
    return 1
  end
  function api.TrackList_AdjustWindows() end
  function api.TrackCtl_SetToolTip(text)
    if text:find("%%", 1, true) or text:find("%", 1, true) then error("a format with gaps", 0) end
    table.insert(double.hints, text)
  end
  function api.GetMousePosition() return 10, 20 end
  function api.GetUserInputs(_, count, captions)
    local _, commas = captions:gsub(",extrawidth=%d+$", ""):gsub(",", "")
    if commas ~= count - 1 then error("one caption a question", 0) end
    if double.inputs then return true, double.inputs end
    return false, ""
  end
  function api.GetExtState(part, key) return double.ext[part .. "/" .. key] or "" end
  function api.SetExtState(part, key, value, keep)
    if value:find("[\r\n]") then error("a state is one line", 0) end
    double.ext[part .. "/" .. key] = value
  end

  -- Actions ---------------------------------------------------------------------------------

  function api.AddRemoveReaScript(add, section, path, commit)
    local file = io.open(path)
    if not file then return 0 end
    file:close()
    table.insert(double.scripts, { add = add, section = section, path = path, commit = commit })
    return 50000 + #double.scripts
  end
  function api.ReverseNamedCommandLookup(id) return string.format("RS%040x", id) end
  function api.NamedCommandLookup(name)
    local id = name:match("^_RS(%x+)$")
    return id and tonumber(id, 16) or 0
  end
  function api.Main_OnCommand(id) table.insert(double.commands, id) end

  -- Undo and drawing ------------------------------------------------------------------------

  function api.PreventUIRefresh(by)
    double.refresh = double.refresh + by
    if double.refresh < 0 then error("PreventUIRefresh below zero", 0) end
  end
  function api.UpdateArrange() end
  function api.Undo_BeginBlock2(pointer)
    local project = double.project(pointer)
    if project.depth > 0 then error("an undo block inside another", 0) end
    project.depth = 1
  end
  function api.Undo_EndBlock2(pointer, name, flags)
    local project = double.project(pointer)
    if project.depth ~= 1 then error("an undo block ends that never began", 0) end
    if name == "" or flags ~= -1 then error("an undo step without a name", 0) end
    project.depth = 0
    project.push(name)
  end
  function api.Undo_CanUndo2(pointer)
    local project = double.project(pointer)
    local last = project.steps[#project.steps]
    return #project.steps > 1 and last.name or nil
  end
  function api.Undo_DoUndo2(pointer)
    local project = double.project(pointer)
    if project.depth > 0 then error("undo inside a block", 0) end
    return project.undo()
  end

  -- What must hold whenever the script gives control back.
  function double.check_balance()
    for _, project in ipairs(double.projects) do
      if project.depth ~= 0 then error("an undo block is still open") end
      if double.unsorted(project) then error("a take is still unsorted") end
    end
    if double.refresh ~= 0 then error("PreventUIRefresh is still held") end
  end

  -- Runs what was deferred, once each; gives how many ran.
  function double.turn()
    local now = double.waiting
    double.waiting = {}
    double.time = double.time + double.tick
    for _, work in ipairs(now) do
      work()
      double.check_balance()
    end
    return #now
  end

  return double
end
