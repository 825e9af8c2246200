# Many clients at once of a real `serve`, well behaved and not, while it captures: all are answered rightly, it stays
# as large as it is, and the process that is looked at notices nothing. LIMPET_LOAD_SECONDS=60 and LIMPET_LOAD_RATE=1000
# make it long.
load_seconds=${LIMPET_LOAD_SECONDS-8} load_rate=${LIMPET_LOAD_RATE-300}
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/serve_lib.sh"
needs python3
http_tests=$(cd "$(dirname "$0")/../http" && pwd)
# What AddressSanitizer keeps of what is freed is not to be taken for growth.
export ASAN_OPTIONS=quarantine_size_mb=1${ASAN_OPTIONS+:$ASAN_OPTIONS} PYTHONDONTWRITEBYTECODE=1

start env MALLOC_CONF="$profiled" "$victims/checker"
checker_output=$output
serve -p "$pid"
get /debug/pprof/heap/activate -X POST
same "activated ($out)" 200 "$status"

background python3 "$http_tests/serve_load.py" "$url/" "$limpet_process" "$load_seconds" "$load_rate"
clients=$process clients_output=$output clients_messages=$messages
signals=0
while ! is_gone "$clients"; do
	kill -USR1 "$pid"
	kill -RTMIN "$pid"
	signals=$((signals + 1))
	sleep 0.02 # apart, so that they meet different moments; nothing waits for them
done
wait "$clients"
status=$? # before it is that of cat
same "the clients ($(cat "$clients_messages"))" 0 "$status"
cat "$clients_output"
end_serve
output=$checker_output
answer=$(ask check)
printf '%s\n' "$answer"
matches "the process" '^ok ' "$answer"
matches "no signal was lost" " realtime=$signals( |\$)" "$answer"
lacks "the process" '^(EINTR|BAD|EARLY|MASK|STUCK|REGISTERS|HEAP|SIGNALS|ACTION)' "$(cat "$output")"
is_let_go "$pid"
finish
