# The heap profile of 500 MiB held by three functions, at the default rate.
. "$(dirname "$0")/lib.sh"
needs go jq setpriv
have_pprof || skip "go tool pprof does not work"

# holds NAME PERCENT: the function's part of what is held. 1 KiB blocks are sampled 200 times, which
# leaves a standard deviation of 7 %; four of them are allowed.
holds() {
	local bytes
	bytes=$(column 4 "$1" "$table")
	bytes=${bytes:-0}
	within "bytes held by $1" 28 "$2" "$bytes"
	contains "$1 in limpet's own table" "$1" "$out"
}

start env MALLOC_CONF="$profiled" "$victims/heap500"
succeed -p "$pid" heap status
contains "at start" "at start     switched on
active       no
rate         one sample in 512kB (2^19 bytes)" "$out"
succeed -p "$pid" heap on
same "heap on" "the heap profiler is on" "$out"
tell allocate
await "500 MiB" grep -q '^allocated$' "$output"
held=$(awk '/^hold_/ { sum += $2 } END { print sum }' "$output")
same "bytes held" 524288000 "$held"

before=$(date +%s)
succeed -p "$pid" heap dump -o heap.pb.gz
# Whoever stores profiles files them by it, as Parca does with what it scrapes.
between "when it was taken" "$before" "$(date +%s)" \
	"$("$limpet" -q load --json heap.pb.gz | jq -r '.taken // "" | sub("\\..*"; "Z")' | xargs -r date +%s -d)"
table=$(pprof -top -unit=B -sample_index=inuse_space heap.pb.gz)
total=$(pprof_total inuse_space heap.pb.gz)
holds hold_small 104857600
holds hold_medium 159383552
holds hold_large 260046848
between "allocate_all holds all" $((total * 99 / 100)) "$total" "$(column 4 allocate_all "$table")"
succeed -p "$pid" ctl stats.allocated
allocated=${out#stats.allocated = }
printf 'allocated %d MiB, in the profile %d MiB\n' $((allocated >> 20)) $((total >> 20))
within "total and stats.allocated" 10 "$allocated" "$total"

same "the blocks" ok "$(ask check)"
tell free
await "the memory to be freed" grep -q '^freed$' "$output"
succeed -p "$pid" heap dump -o freed.pb.gz
pprof -top -unit=B -sample_index=inuse_space freed.pb.gz >freed.txt
lacks "freed memory" 'hold_' "$(cat freed.txt)"

# Another rate costs the samples: they are kept first, and a command alone could keep them nowhere.
has_allocated_again() {
	[ "$(grep -c '^allocated$' "$output")" = 2 ]
}
tell allocate
await "500 MiB again" has_allocated_again
refuse 2 "the samples taken so far would be lost: jemalloc cannot keep them with another rate" \
	"-o FILE saves them first, --discard gives them up" -p "$pid" heap rate 18
succeed -p "$pid" heap rate 18 -o before.pb.gz
within "samples before the change" 20 524288000 "$(pprof_total inuse_space before.pb.gz)"
succeed -p "$pid" heap status
contains "after the change" "active       yes, and no at start: switched by the program or another limpet
rate         one sample in 256kB (2^18 bytes)" "$out"
succeed -p "$pid" -e 'heap rate 19' -e 'heap off' -e 'heap on' -e 'heap gdump on' -e 'heap status' -e 'heap gdump off'
lacks "nothing to keep" 'is kept as' "$err"
contains "whose doing" "active       yes, and no at start" "$out"
contains "its own dumps" "own dumps    at every new peak to files jeprof.*" "$out"
matches "a reminder" "^prof.lg_sample stays 19 in .*, and was 18: \`limpet -p $pid heap rate 18\` undoes it$" "$err"
lacks "a reminder" '^prof\.(active|gdump) stays' "$err"
# Who fails to go elsewhere has not left.
run -k -p "$pid" -e 'heap rate 18' -e 'attach 1' -e "attach $$"
same "reminders" 1 "$(grep -c ' undoes it$' <<<"$err")"
succeed -p "$pid" -e 'heap off' -e 'heap status'
matches "whose doing" '^active       no, since [0-9: -]* by this limpet; it was on$' "$out"
same "heap off" "the heap profiler is off" "$(head -n 1 <<<"$out")"
finish
