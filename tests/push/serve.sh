# serve --push: a process is sampled all the time, and nothing is lost or waits for it. PUSH_OUTAGE=120
# makes the collector stay away for two minutes.
. "$(dirname "$0")/lib.sh"
outage=${PUSH_OUTAGE-0}
start_pyroscope
taken_log=$log push_url=pyroscope+$url
. "$(dirname "$0")/../live/serve_lib.sh"
have_pprof || skip "there is no go tool pprof"
base=/debug/pprof

# taken METRIC: profiles of it that the collector took, as lines.
taken() {
	jq -c "select(.labels.__name__? == \"$1\")" "$taken_log"
}

has_taken() {
	[ "$(taken "$1" | wc -l)" -ge "$2" ]
}

takes_more() {
	await "$2 more profiles of $1" has_taken "$1" $(($(taken "$1" | wc -l) + $2))
}

is_caught_up() {
	[ "$(figure limpet_push_waiting_profiles)" = 0 ]
}

start_redis
load_redis 100000000
server=$pid
serve_as -p "$server" serve -l 127.0.0.1:0 --push "$push_url" --every 1 --heap-every 1 --label env=test
takes_more process_cpu 3
one=$(taken process_cpu | tail -n 1)
same "service" redis-server "$(jq -r .labels.service_name <<<"$one")"
same "label" test "$(jq -r .labels.env <<<"$one")"
same "what some reader minds" "" "$(jq -r '.remarks | join(", ")' <<<"$one")"
same "a function of the process" true "$(taken process_cpu | jq -s '[.[].functions[]] | index("aeMain") != null')"

# The heap, where it is profiled, and not before.
same "of a profiler that is off" 0 "$(taken memory | wc -l)"
get "$base/heap/activate" -X POST
same "activated" 200 "$status"
takes_more memory 2
same "types of the heap" true "$(taken memory | tail -n 1 | jq '.types | index("inuse_space") != null')"

# What is asked for goes before it, and has all of its time.
fetch "$base/profile?seconds=2&hz=99" asked.pb.gz
between "what was asked for" 1990 9999 "$(duration asked.pb.gz)"
(
	curl -sS -o first.pb.gz "$url$base/profile?seconds=3"
	touch first.done
) &
asking=$!
is_asked() {
	curl -sS "$url/" | grep 'now: cpu for 3s' >/dev/null
}
await "the first one" is_asked
get "$base/profile?seconds=1"
same "a second one ($out)" 503 "$status"
wait "$asking"
takes_more process_cpu 2

# sampled_between FROM UNTIL: of the CPU profiles that began then: how many, percent of the time from the
# first to the last that they are of, the longest gap between two in ms.
sampled_between() {
	taken process_cpu | jq -sr "[.[] | select(.time / 1e9 >= $1 and .time / 1e9 <= $2)] | sort_by(.time) as \$all
		| (\$all | last.time + last.duration - .[0].time) as \$span
		| [range(1; \$all | length) | \$all[.].time - \$all[. - 1].time - \$all[. - 1].duration] as \$gaps
		| \"\(\$all | length) \((\$all | map(.duration) | add) * 100 / \$span | floor) \(\$gaps | max / 1e6 | floor)\""
}

# An outage loses nothing: what was sampled meanwhile comes when it is over; and nothing was sampled later for it.
usual=$(date +%s)
takes_more process_cpu 4
before=$(date +%s)
pyroscope_is closed
is_told() {
	log_has 'push: '
}
await "the log to tell" is_told
waits() {
	[ "$(figure limpet_push_waiting_profiles)" -ge 4 ]
}
await "profiles to wait" waits
read -rt "$outage" <> <(:) || true
after=$(date +%s)
pyroscope_is ok
await "all to be sent" is_caught_up
await "the log to tell of it" log_has 'push: the collector takes profiles again'
read -r _ usual_part usual_gap <<<"$(sampled_between "$usual" "$before")"
read -r count part gap <<<"$(sampled_between "$before" "$after")"
echo "an outage of $((after - before))s: $count profiles of $part% of the time, $gap ms between two at most;" \
	"before: $usual_part%, $usual_gap ms"
between "profiles of the outage" 2 $((after - before + 2)) "$count"
between "percent of the outage that was sampled" $((usual_part / 2)) 101 "$part"
same "dropped" 0 "$(figure 'limpet_pushed_profiles_total{outcome="dropped"}')"
same "refused" 0 "$(figure 'limpet_pushed_profiles_total{outcome="refused"}')"
# Each profile that was made has been sent, but for the two that were asked for.
is_accounted_for() {
	curl -sS "$url/metrics" | awk '/^limpet_captures_total.*kind="(cpu|heap)",outcome="complete"/ { made += $2 }
		/^limpet_pushed_profiles_total{outcome="sent"}/ { sent = $2 }
		END { exit !(sent > 5 && made == sent + 2) }'
}
await "each profile to be sent" is_accounted_for

# The process that sends is killed: another one does it.
sender() {
	local child
	for child in $(children "$limpet_process"); do
		[ "$(cat "/proc/$child/comm")" = limpet-push ] && echo "$child"
	done
}
[ -n "$(sender)" ] || fail "no process sends"
end "$(sender)"
await "the log to tell of its end" log_has 'the process that sends profiles has ended: it is started anew'
takes_more process_cpu 2
end_serve
is_let_go "$server"
refuse 2 "serve: --every is about --push, which is not there" \
	"usage: serve [-l ADDRESS] [-n NAME [--all] | --allow PATTERN] [--token-file FILE]" -p "$server" serve --every 3
refuse 2 "--push-user needs a password" "put it into a file that only you can read: --push-token-file FILE" \
	-p "$server" serve --push "$push_url" --push-user me
finish
