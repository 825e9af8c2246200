# Redis, which writes its dump in forks now and then, under redis-benchmark and a client that reads back
# what it wrote.
. "$(dirname "$0")/lib.sh"
needs setpriv setsid redis-server redis-cli redis-benchmark

answers() {
	[ "$(redis-cli -p "$port" info server 2>/dev/null | tr -d '\r' | sed -n 's/^process_id://p')" = "$pid" ]
}

# A round of values that are written and read at once: the commands, and what must come back.
pairs() {
	awk -v round="$1" -v what="$2" 'BEGIN {
		for (i = 0; i < 2000; i++) {
			value = sprintf("%d-%d-%0" i % 300 "d", round, i, i)
			if (what == "commands")
				printf "SET verify:%d %s\nGET verify:%d\nINCR count\n", i % 500, value, i % 500
			else
				printf "OK\n%s\n%d\n", value, round * 2000 + i + 1
		}
	}'
}

verify() {
	local end=$((SECONDS + duration)) round
	for ((round = 0; SECONDS < end; round++)); do
		! is_gone $$ || return 0
		pairs $round commands | redis-cli -p "$port" >verify.got
		pairs $round answers | diff - verify.got >verify.difference || echo error
		head -n 4 verify.difference
		echo "answers 6000"
		redis-cli -p "$port" bgsave >/dev/null
	done
}

benchmark() {
	local end=$((SECONDS + duration))
	while ((SECONDS < end)) && ! is_gone $$; do
		timeout 100 redis-benchmark -p "$port" -q -c 20 -d 512 -r 10000 -n 20000 -t set,get,lpush,lpop,hset 2>&1 |
			tr '\r' '\n' | grep -E 'requests per second|[Ee]rror|WARNING|refused|reset'
		[ "${PIPESTATUS[0]}" = 0 ] || echo "error: redis-benchmark failed"
	done
}

saves_nothing() {
	is_gone "$pid" || redis-cli -p "$port" info persistence 2>/dev/null | grep -q '^rdb_bgsave_in_progress:0'
}

launch_on_port answers env MALLOC_CONF="$profiled" redis-server --port PORT --bind 127.0.0.1 --save '' \
	--appendonly no --dir "$folder"
prepare
verify >verified &
verifier=$!
benchmark >benchmarked &
benchmarker=$!
torment
end_load $verifier $benchmarker
requests=$(awk '/requests per second/ { sum += 20000 } /^answers/ { sum += $2 } END { print sum + 0 }' \
	verified benchmarked)
client_errors=$(grep -Ecv '^answers |requests per second' <(cat verified benchmarked))
[ "$client_errors" = 0 ] || grep -Ehv '^answers |requests per second' verified benchmarked | head -20
same "PING" PONG "$(redis-cli -p "$port" ping)"
await "Redis to have saved" saves_nothing
inspect
stop_server TERM 0
search_log '^[0-9]+:[A-Z] .* # |warning|error|fail|crash' \
	'# (User requested shutdown|Redis is now ready to exit)|^[0-9]+:signal-handler'
report
