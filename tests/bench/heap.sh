#!/usr/bin/env bash
# heap [ROUNDS]: limpet's heap side beside the tools that people use for it, in the same run and in
# turns: each figure is the median of so many rounds (5). What a row needs and is not there is named.
. "$(dirname "$0")/helpers/lib.sh"

rounds=${1-5}
profiled=prof:true,prof_active:false
slow_limit=1800 # seconds for jeprof
requests=200000

# Time that a thread loses for one call: from when it is woken in its read() until it sleeps there again, as
# the kernel's scheduler tells it.

# watch_thread: the thread $waiter.
watch_thread() {
	watch_states "prev_pid == $waiter || next_pid == $waiter" || return 1
	echo "pid == $waiter" >"$instance/events/sched/sched_waking/filter"
	echo 1 >"$instance/events/sched/sched_waking/enable"
}

# lost_to NAME COMMAND...
lost_to() {
	echo >"$instance/trace"
	"${@:2}" >"$folder/said" 2>&1 || { cat "$folder/said" >&2; exit 1; }
	awk -v waiter="$waiter" '
		{ for (i = 1; $i !~ /^[0-9]+\.[0-9]+:$/; i++) if (i == NF) next
			time = $i + 0 }
		/ sched_waking: / || $0 ~ "next_pid=" waiter " " { if (!awake) since = time; awake = 1 }
		$0 ~ "prev_pid=" waiter " " && / prev_state=S/ { lost += time - since; awake = 0; ends++ }
		END { if (!ends || awake) exit 1; printf "%.0f\n", lost * 1e6 }
	' "$instance/trace" >>"$folder/lost.$1" || give_up "nothing was lost to $1?"
}

call_by_gdb() {
	gdb -nx -batch -p "$waiter" -ex 'call (int)mallctl("prof.active", 0, 0, 0, 0)' >"$folder/gdb" 2>&1
	cat "$folder/gdb"
	grep -q '^\$1 = 0$' "$folder/gdb"
}

waits_in_read() {
	[[ $(cat "/proc/$waiter/syscall" 2>/dev/null) == 0\ * ]]
}

measure_calls() {
	local i ours theirs waiter
	printf 'A call on a thread that waits (time lost, us)\n'
	has gdb || return 0
	mkfifo "$folder/endless"
	exec {endless}<>"$folder/endless"
	LD_PRELOAD=libjemalloc.so.2 MALLOC_CONF=$profiled cat <"$folder/endless" >/dev/null &
	waiter=$!
	processes+=("$waiter")
	await "a thread that waits" waits_in_read
	watch_thread || return 0
	for ((i = 0; i < 5 * rounds; i++)); do
		lost_to limpet "$limpet" -q -p "$waiter" -e "set calls borrowed" -e "ctl prof.active"
		lost_to gdb call_by_gdb
	done
	ours=$(median <"$folder/lost.limpet")
	theirs=$(median <"$folder/lost.gdb")
	row "ctl prof.active, calls borrowed" "$ours" "gdb -batch" "$theirs" "$(ratio "$theirs" "$ours")" ">= 500"
}

# Conversion of a dump of 131,072 stacks.

make_dump() {
	local pid
	mkfifo "$folder/input"
	: >"$folder/output" # read before the victim could make it
	exec {input}<>"$folder/input"
	MALLOC_CONF=prof:true,lg_prof_sample:6 "$victims/many_stacks" <"$folder/input" >"$folder/output" &
	pid=$!
	processes+=("$pid")
	await "the stacks" grep -q '^ready' "$folder/output"
	"$limpet" -q -p "$pid" heap dump -o "$folder/many.heap" >/dev/null
	kill "$pid"
	# As on another machine: no file of the mappings is there.
	sed '/^MAPPED_LIBRARIES:/,$ s, /, /nowhere/,' "$folder/many.heap" >"$folder/moved.heap"
	"$limpet" -q convert "$folder/moved.heap" -o "$folder/moved.gperftools"
	stat -c 'Converting a dump of %s bytes, ' "$folder/many.heap" | tr -d '\n'
	printf '%s stacks (elapsed, ms)\n' "$(grep -c '^@' "$folder/many.heap")"
}

# jeprof takes so long that one round has to do.
measure_jeprof() {
	local status=0
	has jeprof || return 0
	"$helpers/spent" timeout "$slow_limit" jeprof --collapsed "$victims/many_stacks" "$folder/$1.heap" \
		>"$folder/jeprof" 2>"$folder/jeprof.err" || status=$?
	case $status in
	0) mv "$folder/jeprof" "$folder/spent.jeprof.$1" ;;
	124) printf '  not measured: jeprof took more than %s s\n' "$slow_limit" ;;
	*) cat "$folder/jeprof.err" >&2; exit 1 ;;
	esac
}

measure_conversions() {
	local i crates=$victims/rust-profiling-crates
	make_dump
	[ -x "$crates" ] || printf '  not measured: jemalloc_pprof, no %s\n' "$crates"
	has go || true
	for ((i = 0; i < rounds; i++)); do
		spend moved "$limpet" convert "$folder/moved.heap" -o "$folder/moved.pb.gz"
		! command -v go >/dev/null ||
			spend google go tool pprof -symbolize=none -proto -output="$folder/google.pb.gz" "$folder/moved.gperftools"
		[ ! -x "$crates" ] || spend crate "$crates" convert "$folder/moved.heap" "$folder/crate.pb.gz"
		spend many "$limpet" convert "$folder/many.heap" -o "$folder/many.pb.gz"
	done
	measure_jeprof moved
	measure_jeprof many
	peer "to .pb.gz, unsymbolized" moved "jeprof --collapsed" jeprof.moved ">= 20"
	peer "" moved "go tool pprof, its text" google "> 1"
	peer "" moved "jemalloc_pprof" crate "> 1"
	peer "to .pb.gz, symbolized" many "jeprof --collapsed" jeprof.many ">= 50"
	printf 'Memory (KiB)\n'
	local size
	size=$(($(stat -c %s "$folder/many.heap") / 1024))
	row "at most while converting, symbolized" "$(memory many)" "size of the dump" "$size" \
		"$(ratio "$(memory many)" "$size")" "< 2"
}

# Requests of a Redis that is profiled.

# cpu_time: of the recorder and of limpet's thread, and the time, both in ns.
cpu_time() {
	local thread time=0
	for thread in /proc/"$recorder"/task/* $(grep -lx limpet /proc/"$pid"/task/*/comm); do
		time=$((time + $(cut -d ' ' -f 1 "${thread%/comm}/schedstat")))
	done
	echo "$time $(date +%s%N)"
}

load_recorded() {
	local recorder before
	"$limpet" -q -p "$pid" heap record -d 1h -o "$folder/record.pb.gz" >"$folder/record" 2>&1 &
	recorder=$!
	processes+=("$recorder")
	await "the recording" is_active
	before=$(cpu_time)
	load_redis $requests >>"$folder/redis.limpet"
	echo "$before $(cpu_time)" | awk '{ print 100 * ($3 - $1) / ($4 - $2) }' >>"$folder/redis.cpu"
	kill "$recorder" # it leaves the profiler as it was
	wait "$recorder" || true
}

is_active() {
	[ "$("$limpet" -q -p "$pid" ctl prof.active)" = "prof.active = true" ]
}

# With nobody there.
load_profiled() {
	"$limpet" -q -p "$pid" heap on >/dev/null
	load_redis $requests >>"$folder/redis.own"
	"$limpet" -q -p "$pid" heap off >/dev/null
}

# The same process in turns, as no two are equally fast; and who comes first changes.
measure_redis() {
	local i ours theirs
	printf 'Redis under redis-benchmark, profiled at the default rate (requests/s)\n'
	has redis-server redis-cli redis-benchmark || return 0
	start_redis "$profiled"
	load_redis $requests >/dev/null # it is as full in every round
	for ((i = 0; i < 8 * rounds; i++)); do
		if ((i % 2)); then
			load_recorded
			load_profiled
		else
			load_profiled
			load_recorded
		fi
	done
	ours=$(median <"$folder/redis.limpet") theirs=$(median <"$folder/redis.own")
	row "while heap record is at work" "$ours" "profiled, no limpet" "$theirs" "$(ratio "$ours" "$theirs")" ">= 0.99"
	row "CPU time of limpet and its thread, %" "$(median <"$folder/redis.cpu")" "" "" "" ""
}

head_line
measure_calls
measure_conversions
measure_redis
