#!/usr/bin/env bash
# continuous [SECONDS [PART...]]: what `serve --push` costs, which samples a process at 19 Hz for days: so many
# seconds (30) of it, when the first profile has been sent. Beside it, in the same run, `perf record` of that process
# at the same rate, which only writes down what it sees. Parts: redis, one, hundred.
. "$(dirname "$0")/helpers/lib.sh"

seconds=${1-30}
parts=${*:2}
rate=19
slots=5 # of so many seconds each, and as many without, by which a slowdown is measured

# start_collector: sets collector, a URL, and taken, a file with a line for each profile.
start_collector() {
	taken=$folder/taken
	start python3 "$helpers/pyroscope.py" "$taken"
	collector=pyroscope+http://127.0.0.1:$(sed -n 's/^ready //p' "$output")
}

has_taken() {
	[ "$(wc -l <"$taken")" -ge "$1" ]
}

# family PID: it, and all that it has started.
family() {
	local child
	echo "$1"
	for child in $(cat "/proc/$1"/task/*/children 2>/dev/null); do
		family "$child"
	done
}

# ticks PID: of CPU time, of it and all that it has started, also of those that have ended.
ticks() {
	local one
	for one in $(family "$1"); do
		cat "/proc/$one/stat" 2>/dev/null || true
	done | awk '{ sub(/.*\) /, ""); sum += $12 + $13 + $14 + $15 } END { print sum }'
}

# resident PID: KiB that it and all that it has started have for themselves.
resident() {
	local one
	for one in $(family "$1"); do
		cat "/proc/$one/status" 2>/dev/null || true
	done | awk '/^RssAnon/ { sum += $2 } END { print sum }'
}

# of_a_core PID: percent, for so many seconds from now on.
of_a_core() {
	local before
	before=$(ticks "$1")
	sleep "$seconds"
	awk -v spent=$(($(ticks "$1") - before)) -v seconds="$seconds" -v hz="$(getconf CLK_TCK)" \
		'BEGIN { printf "%.2f\n", 100 * spent / hz / seconds }'
}

# begin COMMAND...: in the background; sets profiler.
begin() {
	"$@" >"$folder/profiler" 2>&1 &
	profiler=$!
	processes+=("$profiler")
}

interrupt() {
	kill -INT "$profiler"
	wait "$profiler" || true
}

# begin_limpet [OPTION...]: until its first profile has come.
begin_limpet() {
	: >"$taken"
	begin "$limpet" -q -p "$pid" serve -l 127.0.0.1:0 --push "$collector" "$@"
	await "a profile" has_taken 1
}

# measure NAME: the process $pid.
measure() {
	local ours theirs=- before after
	begin_limpet
	before=$(resident "$profiler")
	ours=$(of_a_core "$profiler")
	after=$(resident "$profiler")
	interrupt
	if has perf; then
		begin perf record -q -e cpu-clock -F $rate --call-graph dwarf -p "$pid" -o "$folder/perf.data"
		theirs=$(of_a_core "$profiler")
		interrupt
	fi
	row "$1, % of a core" "$ours" "perf record, dwarf" "$theirs" "$(ratio "$ours" "$theirs")" "ours < 1"
	row "memory of all its processes, KiB" "$after" "$seconds s before" "$before" "$(ratio "$after" "$before")" "1"
}

# rounds: a second, of the threads of the program, for a while.
rounds() {
	local before
	ask rounds
	before=$answer
	sleep "$slots"
	ask rounds
	echo "$before $answer" | awk '{ printf "%.3f\n", ($3 - $1) / ($4 - $2) * 1e9 }'
}

# measure_spinners THREADS NAME
measure_spinners() {
	local slot
	start "$helpers/spinners" "$1"
	measure "$2"
	rm -f "$folder/alone" "$folder/sampled"
	for ((slot = 0; slot < slots; slot++)); do
		rounds >>"$folder/alone"
		begin_limpet --every 2
		rounds >>"$folder/sampled"
		interrupt
	done
	end "$pid"
	row "rounds/s while sampled" "$(median <"$folder/sampled")" "not sampled" "$(median <"$folder/alone")" \
		"$(ratio "$(median <"$folder/sampled")" "$(median <"$folder/alone")")" ">= 0.99"
}

measure_redis() {
	local load
	has redis-server redis-cli redis-benchmark || return 0
	start_redis ""
	redis-benchmark -p "$port" -q -P 16 -d 512 -r 100000 -n 1000000000 -t set,get >/dev/null 2>&1 &
	load=$!
	processes+=("$load")
	measure "Redis under load"
	end "$load" "$pid"
}

measure_one() {
	measure_spinners 1 "1 thread that computes"
}

measure_hundred() {
	measure_spinners 100 "100 threads that compute"
}

has python3 || exit 0
head_line
start_collector
for part in ${parts:-redis one hundred}; do
	"measure_$part"
done
