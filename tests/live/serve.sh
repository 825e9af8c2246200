# The endpoints of one process, by curl and go tool pprof, compared with what limpet itself says.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/serve_lib.sh"
have_pprof || skip "there is no go tool pprof"

# cpu_of PID: ms that the kernel charged to it.
cpu_of() {
	awk -v ticks="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); print int(($12 + $13) * 1000 / ticks) }' "/proc/$1/stat"
}

# fill PREFIX COUNT: so many keys of 500 bytes each.
fill() {
	redis-cli -p "$port" eval "for i = 1, $2 do redis.call('set', '$1' .. i, string.rep('x', 500)) end" 0 >/dev/null
}

start_redis
load_redis 100000000
server=$pid
serve -p "$server"
base=/debug/pprof

# The CPU time of the profile is what the kernel charged meanwhile.
before=$(cpu_of "$server")
fetch "$base/profile?seconds=2" cpu.pb.gz
after=$(cpu_of "$server")
matches "type of a profile" '^Content-Type: application/octet-stream' "$headers"
between "its duration" 1990 9999 "$(duration cpu.pb.gz)"
between "its CPU time" $(((after - before) * 30 / 100)) $((after - before + 20)) $(($(pprof_total cpu cpu.pb.gz) / 1000000))
matches "its functions" ' (aeMain|main|processCommand|beforeSleep|readQueryFromClient)' "$(pprof -top cpu.pb.gz)"
go tool pprof -top "$url$base/profile?seconds=1" >top.txt 2>top.err || fail "go tool pprof of a URL" "$(cat top.err)"
matches "go tool pprof of a URL" ' (aeMain|main)$' "$(cat top.txt)"
fetch "$base/profile?seconds=1&debug=1" cpu.txt
matches "a profile as text" '^ +flat' "$(cat cpu.txt)"
fetch "$base/profile.svg?seconds=1" flame.svg
matches "a flame graph" '<svg' "$(head -c 2000 flame.svg)"

# What it is.
get "$base/cmdline"
same "its command line" "$(tr -d '\0' <"/proc/$server/cmdline")" "$out"
get /
matches "the page" ">redis-server\b" "$out"
matches "the page's type" '^Content-Type: text/html' "$headers"

# The heap: it is what limpet dumps, and the raw text is jemalloc's.
get "$base/heap/activate" -X POST
same "activated ($out)" 200 "$status"
same "the profiler" "prof.active = true" "$("$limpet" -p "$server" ctl prof.active)"
end "$load"
redis-cli -p "$port" flushall >/dev/null
fill key 200000
fetch "$base/heap" heap.pb.gz
succeed -q -p "$server" heap dump -o own.pb.gz
within "the heap" 10 "$(pprof_total inuse_space own.pb.gz)" "$(pprof_total inuse_space heap.pb.gz)"
between "the heap is seen" 50000000 500000000 "$(pprof_total inuse_space heap.pb.gz)"
fetch /pprof/heap raw.heap
matches "the raw dump" '^heap_v2/' "$(head -n 1 raw.heap)"
within "the raw dump's total" 10 "$(pprof_total inuse_space own.pb.gz)" \
	"$("$limpet" -q convert raw.heap -o raw.pb.gz && pprof_total inuse_space raw.pb.gz)"
fetch "$base/heap?debug=1" heap.txt
matches "the heap as text" 'inuse_space' "$(cat heap.txt)"
fetch "$base/allocs" allocs.pb.gz
if command -v jeprof >/dev/null; then
	jeprof --text --show_bytes "$url/pprof/heap" >jeprof.txt 2>jeprof.err || fail "jeprof" "$(cat jeprof.err)"
	matches "jeprof as a client" '100\.0%' "$(cat jeprof.txt)"
else
	omit "there is no jeprof"
fi

# Names of addresses are those of `symbol`.
address=0x$(awk '/r-xp/ && /redis/ { split($1, range, "-"); print range[1]; exit }' "/proc/$server/maps")
address=$(printf '0x%x' $((address + 0x20000)))
get /pprof/symbol -d "$address"
same "a name" "$("$limpet" -p "$server" symbol --json "$address" | jq -r '.symbols[] | "\(.address) \([.frames[].function] | join("--"))"')" \
	"$(sed 1d <<<"$out")"

# A difference has what came meanwhile and stays, and not what was there before.
round=0
(
	curl -sS -o delta.pb.gz "$url$base/heap?seconds=3"
	echo done >delta.done
) &
while [ ! -e delta.done ]; do
	fill more$((++round)) 20000
done
between "its duration" 3000 9999 "$(duration delta.pb.gz)"
between "a difference" 5000000 $(($(pprof_total inuse_space heap.pb.gz) + round * 20000 * 800)) \
	"$(pprof_total inuse_space delta.pb.gz)"

# Metrics are OpenMetrics, and tell what was done.
fetch /metrics metrics
/usr/bin/python3 "$(dirname "$0")/openmetrics.py" <metrics || fail "metrics are not OpenMetrics"
told() {
	sed -n "s/^$1 //p" metrics
}
process="pid=\"$server\",name=\"redis-server\""
same "captures" 4 "$(told "limpet_captures_total{$process,kind=\"cpu\",outcome=\"complete\"}")"
same "differences" 1 "$(told "limpet_captures_total{$process,kind=\"heap_delta\",outcome=\"complete\"}")"
same "the profiler" 1 "$(told "jemalloc_profiler_active{$process}")"
within "allocated" 10 "$("$limpet" -p "$server" stats --json | jq .allocated)" "$(told "jemalloc_allocated_bytes{$process}")"
within "resident" 10 "$(($(awk '/^VmRSS/ { print $2 }' "/proc/$server/status") * 1024))" "$(told "process_resident_memory_bytes{$process}")"
same "pauses are stops" "$(told "limpet_stops_total{$process}")" "$(told "limpet_pause_seconds_count{$process}")"
between "samples" 1 100000 "$(told "limpet_samples_total{$process}")"

# Ctrl-C ends it; what it has switched is as it was.
end_serve
same "the profiler" "prof.active = false" "$("$limpet" -p "$server" ctl prof.active)"
is_let_go "$server"
finish
