# What the scripts of this folder have in common; to be sourced. Each figure of a table is a median.
# build: set by those that do not lie in its folder bench.
set -euo pipefail

build=$(cd "${build-$(dirname "$0")/..}" && pwd)
limpet=$build/limpet
helpers=$build/bench/helpers
victims=$build/victims
folder=$(mktemp -d)
processes=()
instance=
export DEBUGINFOD_URLS= PPROF_TMPDIR=$folder XDG_CACHE_HOME=$folder/xdg

clean_up() {
	local process
	for process in "${processes[@]}"; do
		kill -KILL "$process" 2>/dev/null || true
	done
	wait 2>/dev/null
	[ -z "$instance" ] || rmdir "$instance"
	rm -rf "$folder"
}
trap clean_up EXIT

give_up() {
	printf '%s: %s\n' "$(basename "$0")" "$1" >&2
	exit 1
}

has() {
	local program
	for program; do
		command -v "$program" >/dev/null || { printf '  not measured: there is no %s\n' "$program"; return 1; }
	done
}

median() {
	sort -n | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'
}

head_line() {
	printf '  %-44s %12s   %-24s %12s  %9s  %s\n' "" limpet peer "" ratio goal
}

# row WHAT OURS PEER THEIRS RATIO GOAL: RATIO is what the goal is about.
row() {
	printf '  %-44s %12s   %-24s %12s  %9s  %s\n' "$@"
}

# ratio DIVIDEND DIVISOR
ratio() {
	awk -v a="$1" -v b="$2" 'BEGIN { printf(b > 0 ? "%.3g" : "-", b > 0 ? a / b : 0) }'
}

# await WHAT COMMAND...
await() {
	local what=$1 tries
	shift
	for ((tries = 0; tries < 3000; tries++)); do
		! "$@" || return 0
		sleep 0.02
	done
	give_up "waited in vain for $what"
}

# start COMMAND...: a program that says "ready"; sets pid, input and output.
start() {
	local pipe=$folder/pipe.${#processes[@]}
	output=$folder/output.${#processes[@]}
	mkfifo "$pipe"
	exec {input}<>"$pipe"
	: >"$output" # read before the program could make it
	"$@" <"$pipe" >"$output" 2>&1 &
	pid=$!
	processes+=("$pid")
	await "$1" grep -q '^ready' "$output"
}

has_lines() {
	[ "$(wc -l <"$output")" -ge "$1" ]
}

# ask COMMAND: sets answer to the line that the program says.
ask() {
	local lines
	lines=$(($(wc -l <"$output") + 1))
	echo "$1" >&"$input"
	await "an answer to $1" has_lines "$lines"
	answer=$(tail -n +"$lines" "$output")
}

end() {
	kill -KILL "$@" 2>/dev/null || true
	wait "$@" 2>/dev/null || true
}

# spend NAME COMMAND...: another round of what is called so.
spend() {
	local name=$1
	shift
	"$helpers/spent" "$@" >>"$folder/spent.$name" 2>"$folder/spent.err" || {
		cat "$folder/spent.err" >&2
		give_up "$name failed"
	}
}

# elapsed NAME, memory NAME, used NAME: medians, in ms, KiB, and ms of CPU time.
elapsed() {
	cut -d ' ' -f 1 "$folder/spent.$1" | median
}

memory() {
	cut -d ' ' -f 2 "$folder/spent.$1" | median
}

used() {
	cut -d ' ' -f 3 "$folder/spent.$1" | median
}

# peer WHAT OURS PEER NAME GOAL
peer() {
	local ours theirs
	[ -s "$folder/spent.$4" ] || return 0
	ours=$(elapsed "$2") theirs=$(elapsed "$4")
	row "$1" "$ours" "$3" "$theirs" "$(ratio "$theirs" "$ours")" "$5"
}

# watch_states FILTER: sets instance, where the kernel tells when threads get and leave a CPU.
watch_states() {
	local tracing=/sys/kernel/tracing
	[ -d $tracing/instances ] || mount -t tracefs nodev $tracing 2>/dev/null || true
	instance=$tracing/instances/limpet-$$
	mkdir "$instance" 2>/dev/null || {
		instance=
		echo '  not measured: the kernel does not tell its trace events'
		return 1
	}
	echo "$1" >"$instance/events/sched/sched_switch/filter"
	echo mono >"$instance/trace_clock"
	echo 1 >"$instance/events/sched/sched_switch/enable"
}

# start_redis MALLOC_CONF: sets port and pid.
start_redis() {
	for port in $(shuf -i 20000-32000 -n 10); do
		MALLOC_CONF=$1 redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no \
			--dir "$folder" >"$folder/redis.$port" &
		pid=$!
		processes+=("$pid")
		await "Redis" redis_answers
		! kill -0 "$pid" 2>/dev/null || return 0
	done
	give_up "Redis does not start"
}

redis_answers() {
	redis-cli -p "$port" ping >/dev/null 2>&1 || ! kill -0 "$pid" 2>/dev/null
}

# load_redis REQUESTS: how many a second, of SET and GET together.
load_redis() {
	redis-benchmark -p "$port" --csv -P 16 -d 512 -r 100000 -n "$1" -t set,get |
		awk -F '"' '$4 + 0 > 0 { sum += 1 / $4; n++ } END { printf "%.0f\n", n / sum }'
}
