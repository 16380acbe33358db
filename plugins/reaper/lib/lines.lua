-- @noindex
-- Messages as lines of `key=value`: a line break in a value is written \n, a backslash \\.
return function()
  local lines = {}

  local function escaped(text)
    return (tostring(text):gsub("\\", "\\\\"):gsub("\r", ""):gsub("\n", "\\n"))
  end

  local function plain(text)
    return (text:gsub("\\(.)", function(sign) return sign == "n" and "\n" or sign end))
  end

  -- The text of a list of { key, value }.
  function lines.encode(pairs_)
    local out = {}
    for index, pair in ipairs(pairs_) do
      out[index] = pair[1] .. "=" .. escaped(pair[2])
    end
    return table.concat(out, "\n") .. "\n"
  end

  -- The list of { key, value } in a text; lines without "=" are passed over.
  function lines.decode(text)
    local found = {}
    for line in text:gmatch("[^\n]+") do
      local key, value = line:gsub("\r$", ""):match("^([%w_]+)=(.*)$")
      if key then found[#found + 1] = { key, plain(value) } end
    end
    return found
  end

  -- The first value of every key.
  function lines.values(pairs_)
    local found = {}
    for _, pair in ipairs(pairs_) do
      if found[pair[1]] == nil then found[pair[1]] = pair[2] end
    end
    return found
  end

  -- All values of one key, in order, each split at its tabs.
  function lines.rows(pairs_, key)
    local found = {}
    for _, pair in ipairs(pairs_) do
      if pair[1] == key then found[#found + 1] = lines.split(pair[2], "\t") end
    end
    return found
  end

  function lines.split(text, sign)
    local found, start = {}, 1
    while true do
      local at = text:find(sign, start, true)
      found[#found + 1] = text:sub(start, at and at - 1)
      if not at then return found end
      start = at + #sign
    end
  end

  return lines
end
