# Whatever part of `serve` is killed: its processes are as they were, nothing is left, and it goes on.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/serve_lib.sh"

# parts: the processes that serve has started, by what they are for.
worker_of() {
	local child
	for child in $(children "$limpet_process"); do
		[ -z "$(children "$child")" ] || echo "$child"
	done
}

http_of() {
	local child
	for child in $(children "$limpet_process"); do
		[ -n "$(children "$child")" ] || echo "$child"
	done
}

has_worker() {
	[ -n "$(worker_of)" ]
}

has_http() {
	[ -n "$(http_of)" ]
}

is_clean() {
	[ "$(tracer_of "$server")" = 0 ] && has_no_traces "$server"
}

no_folder() {
	[ -z "$(ls "$TMPDIR")" ]
}

# ask SECONDS FILE: a capture in the background, which goes on.
ask_for() {
	(
		curl -sS --max-time 60 -o "$2" -w '%{http_code}' "$url/debug/pprof/profile?seconds=$1" >"$2.answer" 2>/dev/null
		mv "$2.answer" "$2.status"
	) &
	asking=$!
	await "the capture" is_sampled
}

is_sampled() {
	curl -sS "$url/" 2>/dev/null | grep 'now: cpu' >/dev/null && has_worker && has_sampled "$(worker_of | head -n 1)"
}

start_redis
load_redis 100000000
server=$pid
base=/debug/pprof

# The worker: the capture fails, the next one has a new one.
serve -p "$server"
ask_for 60 killed.pb.gz
end "$(worker_of)"
wait "$asking"
same "the capture of the killed worker" 500 "$(cat killed.pb.gz.status)"
matches "its reason" 'the limpet for the process was killed' "$(cat killed.pb.gz)"
await "it to be let go" is_clean
await "its files to be gone" no_folder
get "$base/profile?seconds=1"
same "the next one ($(tr -d '\0' <"$folder/.body" | head -c 100))" 200 "$status"

# The process that talks to clients: it is started anew where it was, and captures end.
ask_for 60 lost.pb.gz
end "$(http_of)"
wait "$asking"
same "a connection that was lost" 000 "$(cat lost.pb.gz.status)"
await "the log to tell" log_has 'the process that talks to clients has ended: it is started anew'
answers() {
	get "$base/cmdline" 2>/dev/null
	[ "$status" = 200 ]
}
await "it to answer again" answers
await "the capture before to end" log_has 'cpu for 60s at 99 Hz: 499'
get "$base/profile?seconds=1"
same "a capture after that" 200 "$status"
end_serve

# serve itself: its workers let go, and take their files along.
serve -p "$server"
get "$base/heap/activate" -X POST
same "activated" 200 "$status"
ask_for 60 gone.pb.gz
parts=$(children "$limpet_process")
end "$limpet_process"
wait "$asking"
all_gone() {
	local part
	for part in $parts; do
		is_gone "$part" || return 1
	done
}
await "all its parts to end" all_gone
await "it to be let go" is_clean
same "temporary files" "" "$(ls "$TMPDIR")"
same "the profiler is as it was" "prof.active = false" "$("$limpet" -p "$server" ctl prof.active)"

# All of it at once.
serve -p "$server"
ask_for 60 all.pb.gz
# shellcheck disable=SC2046
end "$limpet_process" $(children "$limpet_process") $(for part in $(children "$limpet_process"); do children "$part"; done)
wait "$asking"
await "it to be let go" is_clean
redis_answers || fail "Redis does not answer"
rm -rf "${TMPDIR:?}"/*

# SIGTERM during a capture.
serve -p "$server"
ask_for 60 ended.pb.gz
kill -TERM "$limpet_process"
wait "$limpet_process"
same "exit status" 0 $?
wait "$asking"
is_clean || fail "what SIGTERM leaves" "$(tracer_of "$server")" "$(traces "$server")"
same "temporary files" "" "$(ls "$TMPDIR")"
finish
