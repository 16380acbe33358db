-- What Ardour's timer calls ten times a second, on the thread of its windows.
return function(app)
  local hook = {}
  local HELLO_SECONDS = 5
  local is_busy, greeted_at = false, 0

  -- Ardour's version, as far as it says: "7".
  function hook.version()
    return ARDOUR.user_config_directory(-1):match("[Aa]rdour(%d+)") or ""
  end

  -- Looks at what waits and at commands; never raises. A box that is open, or an import,
  -- lets the timer go on, so it may be called while it still works.
  function hook.tick()
    if is_busy or not Session then return end
    is_busy = true
    local now = os.time()
    if now - greeted_at >= HELLO_SECONDS then
      greeted_at = now
      pcall(app.asking.hello)
    end
    -- What fails as a whole would fail again at once: forget it instead of saying so for ever.
    if not app.talk.attempt(app.waiting.look) then pcall(app.store.set_waiting, {}) end
    app.talk.attempt(app.commands.obey)
    is_busy = false
  end

  return hook
end
