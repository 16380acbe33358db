-- Messages as lines of key=value; in a value a line break is written \n and a backslash \\.
return function()
  local lines = {}

  local function shielded(value)
    return (tostring(value):gsub("\\", "\\\\"):gsub("\r", ""):gsub("\n", "\\n"))
  end

  local function bare(value)
    return (value:gsub("\\(.)", function(sign) return sign == "n" and "\n" or sign end))
  end

  -- The text of a list of { key, value }; a value that is nil leaves its line out.
  function lines.text(rows)
    local out = {}
    for _, row in ipairs(rows) do
      if row[2] ~= nil then out[#out + 1] = row[1] .. "=" .. shielded(row[2]) .. "\n" end
    end
    return table.concat(out)
  end

  -- A message: `one` holds the first value of every key, `all` every value of every key.
  function lines.read(text)
    local message = { one = {}, all = {} }
    for line in text:gmatch("[^\r\n]+") do
      local key, value = line:match("^([%l_]+)=(.*)$")
      if key then
        value = bare(value)
        if message.one[key] == nil then message.one[key] = value end
        message.all[key] = message.all[key] or {}
        table.insert(message.all[key], value)
      end
    end
    return message
  end

  -- The fields of a value, which tabs part.
  function lines.fields(value)
    local found = {}
    for field in (value .. "\t"):gmatch("(.-)\t") do found[#found + 1] = field end
    return found
  end

  return lines
end
