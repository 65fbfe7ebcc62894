-- Sends the requests that BENCH_REQUESTS lists (method, path, cookie, body; a tab between them), from number BENCH_FROM on and from the
-- first again after the last, and writes what came of it as one line of JSON.
local requests, threads = {}, {}
sent = 0

function setup(thread) table.insert(threads, thread) end

function init(args)
  for line in io.lines(os.getenv("BENCH_REQUESTS")) do
    local method, path, cookie, body = line:match("([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)")
    local headers = { ["Host"] = os.getenv("BENCH_HOST") }
    if cookie ~= "" then headers["Cookie"] = cookie end
    if method == "POST" then headers["Content-Type"] = "application/x-www-form-urlencoded" end
    table.insert(requests, wrk.format(method, path, headers, method == "POST" and body or nil))
  end
  sent = tonumber(os.getenv("BENCH_FROM"))
end

function request()
  sent = sent + 1
  return requests[(sent - 1) % #requests + 1]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('{"requests": %d, "seconds": %.6f, "p50": %.3f, "p99": %.3f, "sent": %d, "refused": %d, "broken": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    threads[1]:get("sent"), errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
