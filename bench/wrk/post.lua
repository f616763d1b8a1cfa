-- Posts bodies from a template, @REF@ a reference that is never used twice and @SKU@ an item by chance or always the
-- same. Arguments: key, prefix of the references, template, seed, and "hot:SKU" or the number of items.
local threads = 0

function setup(thread)
   thread:set("thread_number", threads)
   threads = threads + 1
end

function init(args)
   headers = { ["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. args[1] }
   prefix = args[2] .. thread_number .. "-"
   local before, between, after = args[3]:match("^(.-)@REF@(.-)@SKU@(.*)$")
   if not before then
      before, after = args[3]:match("^(.-)@SKU@(.*)$")
      between = false
   end
   first, middle, last = before, between, after
   hot = args[5]:match("^hot:(.*)$")
   items = tonumber(args[5])
   math.randomseed(tonumber(args[4]) + thread_number)
   count = 0
end

function request()
   count = count + 1
   local sku = hot or ("SKU-" .. math.random(1, items))
   local body
   if middle then
      body = first .. prefix .. count .. middle .. sku .. last
   else
      body = first .. sku .. last
   end
   return wrk.format("POST", nil, headers, body)
end

function done(summary, latency, requests)
   io.write(string.format(
      '\nRESULT {"requests": %d, "seconds": %.6f, "not_2xx": %d, "broken": %d, "p50_ms": %.3f, "p99_ms": %.3f}\n',
      summary.requests, summary.duration / 1e6, summary.errors.status,
      summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
      latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
