-- Where the service keeps its folder and how it is started; `antiphon install ardour` fills it in.
return function()
  return { run_folder = "", launcher = "", version = "0.1.0" }
end
