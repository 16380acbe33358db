-- Brings the other files together. Ardour stores an action's own text alone and knows no
-- modules, so each action holds three lines that load this file, and this loads the rest.
return function(folder)
  local app = { folder = folder }
  local NAMES = {
    "place", "lines", "smf", "files", "store", "talk", "clock", "music", "tracks", "selection",
    "asking", "checks", "landing", "waiting", "commands", "hook",
  }
  for _, name in ipairs(NAMES) do
    local path = folder .. "/" .. name .. ".lua"
    local stream, missing = io.open(path, "rb")
    if not stream then error(missing, 0) end
    local text = stream:read("a")
    stream:close()
    local made, why = load(text, "@" .. name .. ".lua")
    if not made then error(why, 0) end
    app[name] = made()(app)
  end
  return app
end
