-- Each request is the objection of another person, by the token of their notice. Arguments: file of tokens.

local tokens, head = {}, nil
local at = 0

function init(arguments)
   local file = assert(io.open(arguments[1], "r"))
   for line in file:lines() do tokens[#tokens + 1] = line end
   file:close()
   local length = #('{"link":""}') + #tokens[1]
   head = "POST /api/objections HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: "
      .. length .. "\r\n\r\n"
end

function request()
   at = at + 1
   return head .. '{"link":"' .. (tokens[at] or tokens[#tokens]) .. '"}'
end

-- What wrk saw, as the last line.
dofile(debug.getinfo(1, "S").source:match("@(.*/)") .. "report.lua")
