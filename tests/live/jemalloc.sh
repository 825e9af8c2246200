# ctl, stats and heap on every kind of jemalloc: a shared one, a static one, one with a prefix.
. "$(dirname "$0")/lib.sh"
needs setpriv

# value NAME PATTERN [VALUE]
value() {
	local name=$1 pattern=$2
	shift 2
	succeed -p "$pid" ctl "$name" "$@"
	matches "$program: ctl $name $*" "^$name = $pattern\$" "$out"
}

is_svg() {
	if command -v xmllint >/dev/null; then
		xmllint --noout "$1"
	elif command -v python3 >/dev/null; then
		python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$1"
	else
		omit "no xmllint and no python3 to parse $1"
	fi
}

check_files() {
	same "$program: first line of the dump" "heap_v2/524288" "$(head -n 1 dump.heap)"
	contains "$program: the dump" "MAPPED_LIBRARIES:" "$(cat dump.heap)"
	for suffix in pb.gz folded svg; do
		succeed convert dump.heap -o "dump.$suffix"
		[ -s "dump.$suffix" ] || fail "$program: dump.$suffix is empty"
	done
	contains "$program: a frame" "$frame" "$(cat dump.folded)"
	matches "$program: folded" '^[^ ].*;.* [0-9]+$' "$(cat dump.folded)"
	contains "$program: svg" "$frame" "$(cat dump.svg)"
	is_svg dump.svg || fail "$program: the SVG is not well-formed"
	if have_pprof; then
		contains "$program: pprof" "$frame" "$(pprof -top -cum -sample_index=inuse_space dump.pb.gz)"
	fi
	if command -v jeprof >/dev/null; then
		jeprof --text "$binary" dump.heap >jeprof.txt 2>jeprof.err ||
			fail "$program: jeprof" "$(cat jeprof.err)"
		matches "$program: jeprof" '^Total: [0-9.]+ .*' "$(cat jeprof.txt)"
	fi
}

# All that jemalloc has: it knows what limpet asks for, in the type that limpet takes it for.
list_values() {
	succeed -p "$pid" ctl --list
	matches "$program: ctl --list" '^version = 5\.' "$out"
	matches "$program: ctl --list" '^prof\.dump  \(takes a text\)$' "$out"
	matches "$program: ctl --list" '^arena\.#\.purge  \(an order\)$' "$out"
	matches "$program: ctl --list" '^stats\.arenas\.#\.bins\.#\.nmalloc$' "$out"
	lacks "$program: ctl --list" 'cannot be read' "$out"
	succeed -p "$pid" ctl --list arenas.bin.0
	matches "$program: ctl --list" '^arenas\.bin\.0\.nregs = [0-9]+$' "$out"
	lacks "$program: ctl --list" '^stats' "$out"
	succeed -p "$pid" ctl --list stats.arenas.0
	matches "$program: ctl --list" '^stats\.arenas\.0\.bins\.30\.nmalloc = [0-9]+$' "$out"
	lacks "$program: ctl --list" 'cannot be read|#' "$out"
	succeed -p "$pid" ctl --list opt. --json
	matches "$program: ctl --list --json" '"opt.prof":true.*"opt.dss":"secondary"' "$out"
	succeed -p "$pid" ctl --type size stats.allocated
	matches "$program: ctl --type" '^stats\.allocated = [0-9]+$' "$out"
	run -p "$pid" ctl --type bool stats.allocated
	same "$program: ctl --type bool: status" 1 "$status"
	contains "$program: ctl --type bool" "or has another type for it" "$err"
	run -p "$pid" ctl --list stats.x
	contains "$program: ctl --list" "no name that this jemalloc knows begins with 'stats.x'" "$err"
}

# exercise PROGRAM FRAME WORK...: with a command that has it allocate.
exercise() {
	program=$1 frame=$2
	shift 2
	binary=$(readlink "/proc/$pid/exe")
	value prof.active false
	value opt.lg_prof_sample 19
	value prof.active true true
	value stats.allocated '[0-9]{5,}'
	succeed -p "$pid" stats
	matches "$program: stats" '^stats\.allocated +[0-9]+ +[0-9.]+[kMG]?B  in use by the program$' "$out"
	matches "$program: stats" '^stats\.resident ' "$out"
	contains "$program: stats" "jemalloc 5." "$out"
	value prof.active false false

	succeed -p "$pid" heap rate 16 --discard
	same "$program: heap rate" "one sample in 64kB from now on" "$out"
	succeed -p "$pid" heap rate 19 --discard
	succeed -p "$pid" heap status
	contains "$program: heap status" "active       no
rate         one sample in 512kB (2^19 bytes)" "$out"
	succeed -p "$pid" heap on
	same "$program: heap on" "the heap profiler is on" "$out"
	"$@"
	succeed -p "$pid" heap dump -o dump.heap
	contains "$program: heap dump" "Type: inuse_space" "$out"
	check_files
	succeed -p "$pid" heap reset
	value prof.active true
	succeed -p "$pid" heap off
	value prof.active false
	list_values
	contains "$program: nothing stays in it" "nothing in it" "$("$limpet" -p "$pid" info)"
	same "$program: traces" "" "$(traces "$pid")"
}

fill_redis() {
	redis-benchmark -p "$port" -q -d 4096 -r 100000 -n 20000 -t set >benchmark 2>&1
	lacks "redis-benchmark" '[Ee]rror' "$(tr '\r' '\n' <benchmark)"
}

# It allocates without end, and holds 200 MB at most.
allocations() {
	"$limpet" -p "$pid" ctl stats.arenas.4096.small.nmalloc | sed 's/.* = //'
}

has_allocated() {
	[ "$(allocations)" -gt "$1" ]
}

wait_for_rust() {
	await "5,000 allocations" has_allocated $(($(allocations) + 5000))
}

start_redis
exercise Redis readQueryFromClient fill_redis
end "$pid"
if have_rust; then
	start_rust rust-profiling-demo MALLOC_CONF="$profiled"
	exercise "Rust" memory_hungry wait_for_rust
	end "$pid"
	start_rust rust-profiling-demo-prefixed _RJEM_MALLOC_CONF="$profiled"
	exercise "Rust with a prefix" memory_hungry wait_for_rust
	contains "the prefix" "prefix _rjem_" "$("$limpet" -p "$pid" info)"
else
	omit "the Rust programs were not built"
fi
finish
