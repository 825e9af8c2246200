# The heap profile of 500 MiB held by three functions, at the default rate.
. "$(dirname "$0")/lib.sh"
needs go setpriv
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

succeed -p "$pid" heap dump -o heap.pb.gz
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
succeed -p "$pid" heap off
same "heap off" "the heap profiler is off" "$out"
finish
