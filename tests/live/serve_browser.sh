# The page of `limpet serve` in a browser, of Redis under load: what is on it leads somewhere.
# With SHOW=FOLDER there are pictures of it for eyes.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/serve_lib.sh"
needs chromium python3

start_redis
load_redis 100000000
server=$pid
serve -p "$server"
get /debug/pprof/heap/activate -X POST
same "activated" 200 "$status"
redis-cli -p "$port" eval "for i = 1, 50000 do redis.call('set', 'kept' .. i, string.rep('x', 500)) end" 0 >/dev/null
TMPDIR=$folder PYTHONDONTWRITEBYTECODE=1 python3 "$(dirname "$0")/browse.py" "$url/" "$server" redis-server ||
	fail "the page in a browser"
# The page has a button that stops the heap's sampling; whoever presses it is sent back to the page.
same "the profiler after the button" "prof.active = false" "$("$limpet" -p "$server" ctl prof.active)"
end_serve

# With a token the commands have a place for it, and not the token itself.
echo a-token-of-many-letters-to-be-kept >token
chmod 600 token
serve_as -p "$server" serve -l 127.0.0.1:0 --token-file token
get / -u limpet:a-token-of-many-letters-to-be-kept
same "the page with the token" 200 "$status"
contains "a place for it" 'Bearer $TOKEN' "$out"
lacks "the token" 'a-token-of' "$out"
end_serve
is_let_go "$server"
finish
