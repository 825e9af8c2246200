-- wrk's side: asks for /sum/1 to /sum/N at random, compares every byte of each answer, and says how many
-- were right and what went wrong: connecting, reading, writing, statuses, time-outs, wrong answers.

local expected = {}
local threads = {}

-- Adler-32 over the texts item-0, item-7, ... of which /sum/N makes 40 * N.
local function body_of(number)
	local a, b = 1, 0
	for i = 0, 40 * number - 1 do
		local text = "item-" .. (i * 7)
		for position = 1, #text do
			a = (a + text:byte(position)) % 65521
			b = (b + a) % 65521
		end
	end
	return string.format("%d %d\n", number, b * 65536 + a) .. string.rep("x", 1024 * number)
end

function setup(thread)
	threads[#threads + 1] = thread
end

function init(arguments)
	bodies = tonumber(arguments[1])
	right, wrong = 0, 0
	for number = 1, bodies do
		expected[body_of(number)] = true
	end
	math.randomseed(bodies)
end

function request()
	return wrk.format("GET", "/sum/" .. math.random(bodies))
end

function response(status, headers, body)
	if status == 200 and expected[body] then
		right = right + 1
	else
		wrong = wrong + 1
		if wrong < 5 then
			print(string.format("wrong: status %d, %d bytes: %s", status, #body, body:sub(1, 60)))
		end
	end
end

function done(summary, latency, requests)
	local right, wrong = 0, 0
	for _, thread in ipairs(threads) do
		right = right + thread:get("right")
		wrong = wrong + thread:get("wrong")
	end
	local errors = summary.errors
	print("answers " .. right)
	print(string.format("errors %d %d %d %d %d %d", errors.connect, errors.read, errors.write,
		errors.status, errors.timeout, wrong))
end
