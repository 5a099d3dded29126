-- Bots: each request points at another page, from one of some networks, and asks again at once whatever is answered.
-- Arguments: number of networks.

local networks, at = 0, 0

function init(arguments)
   networks = tonumber(arguments[1])
   math.randomseed(os.time())
   at = math.random(1, 1000000000)
end

function request()
   at = at + 1
   local body = string.format('{"pages":["https://bots.example/%d"]}', at)
   local network = at % networks
   return "POST /api/v1/objections HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nX-Forwarded-For: "
      .. string.format("10.%d.%d.7", math.floor(network / 256), network % 256)
      .. "\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body
end

-- What wrk saw, as the last line.
dofile(debug.getinfo(1, "S").source:match("@(.*/)") .. "report.lua")
