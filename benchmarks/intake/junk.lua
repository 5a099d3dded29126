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

function done(summary, latency, _requests)
   io.write(string.format(
      '{"requests": %d, "seconds": %.6f, "refused": %d, "broken": %d, "p50_ms": %.3f, "p99_ms": %.3f}\n',
      summary.requests, summary.duration / 1e6, summary.errors.status,
      summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
      latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
