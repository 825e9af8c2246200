# Captures over HTTP: one at a time, what comes between, clients that go, processes that end and come back.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/serve_lib.sh"
have_pprof || skip "there is no go tool pprof"
base=/debug/pprof
umask 0 # what is found out about the process is its owner's all the same

# ask_in_background PATH FILE: sets asking; FILE.status is there once it is answered.
ask_in_background() {
	(
		curl -sS --max-time 60 -o "$2" -w '%{http_code}' "$url$1" >"$2.answer"
		mv "$2.answer" "$2.status"
	) &
	asking=$!
}

# captures KIND OUTCOME
captures() {
	curl -sS "$url/metrics" | sed -n "s/^limpet_captures_total{.*kind=\"$1\",outcome=\"$2\"} //p" | head -n 1
}


# is_doing WHAT: by the page.
is_doing() {
	curl -sS "$url/" | grep "$1" >/dev/null
}

start_redis
load_redis 100000000
server=$pid
serve -p "$server"

# A second capture is refused, with the reason, and says when to come again.
ask_in_background "$base/profile?seconds=5" long.pb.gz
await "the capture" is_doing "cpu for 5s"
get "$base/profile?seconds=1"
same "a second capture" 503 "$status"
matches "its reason" '^a capture goes on: cpu for 5s at 99 Hz, [0-9.]+s left' "$out"
matches "what go tool pprof prints" '^X-Go-Pprof: 1' "$headers"
between "when to come again" 1 6 "$(sed -n 's/^Retry-After: //p' <<<"$headers")"
get "$base/wall?seconds=1"
same "one of another kind" 503 "$status"
# A heap dump, stacks, names and metrics do not wait for it.
for path in heap threads; do
	started=$(date +%s%3N)
	get "$base/$path"
	same "$path in between ($out)" 200 "$status"
	between "ms that $path took, which is less than the capture" 0 4500 $(($(date +%s%3N) - started))
done
get /metrics
same "metrics in between" 200 "$status"
between "files meanwhile" 1 100 "$(find "$TMPDIR" -type f | wc -l)"
same "files and folders that others may read or change" "" "$(find "$TMPDIR" -mindepth 1 -perm /077)"
[ ! -e long.pb.gz.status ] || fail "the capture is still going on"
wait "$asking"
same "the capture that was interrupted" 200 "$(cat long.pb.gz.status)"
between "its duration: all of its parts" 4900 9999 "$(duration long.pb.gz)"
matches "it was in parts" 'in parts' "$(cat "$log")"
same "one profile" 1 "$(pprof -raw long.pb.gz | grep -c '^Duration:')"
between "its samples" 1 600 "$(pprof -raw -sample_index=samples long.pb.gz | awk '/^Samples:/ { on = 1; next } /^Locations/ { on = 0 } on && /^ *[0-9]+ +[0-9]+:/ { sum += $1 } END { print sum }')"

# A client that goes ends its capture: the next one can begin at once.
curl -sS -o /dev/null "$url$base/profile?seconds=60" &
asking=$!
await "the capture" is_doing "cpu for 60s"
kill "$asking"
wait "$asking" 2>/dev/null
await "the log to tell of it" log_has 'cpu for 60s at 99 Hz: 499: the client has gone'
get "$base/profile?seconds=1"
same "the next one ($out)" 200 "$status"
same "abandoned captures" 1 "$(captures cpu abandoned)"

# Bad questions.
get "$base/profile?seconds=0.5x"
same "no duration ($out)" 400 "$status"
get "/pid/1/debug/pprof/profile?seconds=1"
same "a process that is not served ($out)" 404 "$status"
get "/name/nobody/debug/pprof/cmdline"
same "a name that nobody has ($out)" 404 "$status"
get "/name/redis-server/debug/pprof/cmdline"
same "by its name" 200 "$status"
get "/pid/$server/debug/pprof/cmdline"
same "by its number" 200 "$status"

# The process ends during a capture: what was sampled is the answer.
ask_in_background "$base/profile?seconds=30" ended.pb.gz
await "the capture" is_doing "cpu for 30s"
has_worked() {
	[ "$(($(date +%s%3N) - asked))" -gt 1000 ]
}
asked=$(date +%s%3N)
await "some samples" has_worked
end "$server"
wait "$asking"
same "the capture of one that ended" 200 "$(cat ended.pb.gz.status)"
between "what there is of it" 1 30000 "$(duration ended.pb.gz)"
await "the log to tell of it" log_has "$server redis-server has ended"
matches "and of the answer" 'samples, .*; the process ended' "$(cat "$log")"
get "$base/profile?seconds=1"
same "none is there ($out)" 503 "$status"
matches "why" 'redis-server has ended, and none has come in its place yet' "$out"
# The next one of that name is served.
start_redis
again=$pid
answers() {
	get "$base/cmdline"
	[ "$status" = 200 ]
}
await "the next one to be served" answers
fetch "$base/profile?seconds=1" again.pb.gz
matches "the log tells" "serving $again redis-server too" "$(cat "$log")"
end_serve
is_let_go "$again"
finish
