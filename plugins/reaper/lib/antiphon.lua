-- @noindex
-- Puts the shared files together. Every action is `dofile(folder .. "lib/antiphon.lua")(folder)`;
-- REAPER gives each running script a Lua of its own, so nothing is shared but files and ExtState.
local PARTS = {
  "lines", "sentences", "files", "smf", "clock", "notes", "region", "store", "talk", "asking", "items",
  "landing", "waiting", "commands",
}

return function(folder)
  local app = { folder = folder, protocol = "1" }
  app.place = dofile(folder .. "antiphon_place.lua")
  for _, name in ipairs(PARTS) do
    app[name] = dofile(folder .. "lib/" .. name .. ".lua")(app)
  end
  return app
end
