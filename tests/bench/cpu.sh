#!/usr/bin/env bash
# cpu [ROUNDS [PART...]]: limpet's CPU side beside the tools that people use for it, in the same run and in
# turns: each figure is the median of so many rounds (5). What a row needs and is not there is named. Parts:
# pause, unwind, speeds, redis, nginx, cost, idle, dump, first.
. "$(dirname "$0")/helpers/lib.sh"

rounds=${1-5}
parts=${*:2}
slot=3 # seconds that a speed is measured for
debug_megabytes=500

# percent FORMAT EXPRESSION
percent() {
	awk "BEGIN { printf \"$1\", 100 * ($2) }"
}

# interrupt PROCESS: as Ctrl-C does; and waits for its end.
interrupt() {
	kill -INT "$1"
	wait "$1" || true
}

# How much slower a program that computes is while it is profiled.

# profile MODE HZ: begins, in the background where it is another process; sets profiler.
profile() {
	profiler=
	case $1 in
	limpet) "$limpet" -q -p "$pid" cpu -d 1h -r "$2" -o "$folder/speed.pb.gz" >/dev/null 2>&1 & ;;
	perf) perf record -q -e cpu-clock -F "$2" --call-graph dwarf -p "$pid" -o "$folder/perf.data" >/dev/null 2>&1 & ;;
	pprof-rs) ask "cpu start $2" && return ;;
	none) return ;;
	esac
	profiler=$!
	processes+=("$profiler")
}

stop_profile() {
	[ -z "$profiler" ] || interrupt "$profiler"
	[ "$1" != pprof-rs ] || ask "cpu stop $folder"
}

# speed MODE HZ: rounds a second of the program's threads; a line of $folder/speed.MODE.
speed() {
	local before
	profile "$1" "$2"
	ask "cpu spun"
	before=$answer
	sleep $slot
	ask "cpu spun"
	echo "$before $answer" | awk '{ printf "%.3f\n", ($3 - $1) / ($4 - $2) * 1e9 }' >>"$folder/speed.$1"
	stop_profile "$1"
}

# slower MODE: by how many percent.
slower() {
	percent %.2f "1 - $(median <"$folder/speed.$1") / $(median <"$folder/speed.none")"
}

# measure_speed THREADS HZ
measure_speed() {
	local round mode modes=(limpet pprof-rs) goal=""
	! has perf || modes+=(perf)
	rm -f "$folder"/speed.*
	start "$victims/rust-profiling-crates"
	ask "cpu spin $1"
	for ((round = 0; round < rounds; round++)); do
		for mode in "${modes[@]}"; do
			speed none "$2"
			speed "$mode" "$2"
		done
	done
	end "$pid"
	row "$1 threads at $2 Hz, slower by %" "$(slower limpet)" "pprof-rs inside" "$(slower pprof-rs)" \
		"$(awk "BEGIN { print $(slower pprof-rs) - $(slower limpet) }")" ">= 0, difference"
	[ $2 != 99 ] || goal=">= -2, difference"
	[ ! -s "$folder/speed.perf" ] || row "" "" "perf record, dwarf" "$(slower perf)" \
		"$(awk "BEGIN { print $(slower perf) - $(slower limpet) }")" "$goal"
}

measure_speeds() {
	local threads rate
	printf 'A program that computes\n'
	[ -x "$victims/rust-profiling-crates" ] || {
		echo "  not measured: there is no rust-profiling-crates"
		return 0
	}
	for threads in 1 4; do
		for rate in 99 999; do
			measure_speed $threads $rate
		done
	done
}

# Requests of servers, at 99 Hz, in turns.

# serve NAME COMMAND...: requests a second, alone and sampled; COMMAND prints them.
serve() {
	local name=$1 round mode
	shift
	"$@" >/dev/null
	for ((round = 0; round < 4 * rounds; round++)); do
		for mode in $( ((round % 2)) && echo none limpet || echo limpet none); do
			profile "$mode" 99
			"$@" >>"$folder/requests.$name.$mode"
			stop_profile "$mode"
		done
	done
	row "$name, requests/s while sampled" "$(median <"$folder/requests.$name.limpet")" "not sampled" \
		"$(median <"$folder/requests.$name.none")" \
		"$(ratio "$(median <"$folder/requests.$name.limpet")" "$(median <"$folder/requests.$name.none")")" ">= 0.99"
}

measure_redis() {
	has redis-server redis-cli redis-benchmark || return 0
	start_redis ""
	serve Redis load_redis 300000
}

start_nginx() {
	for port in $(shuf -i 20000-32000 -n 10); do
		cat >"$folder/nginx.conf" <<-END
			worker_processes 1;
			daemon off;
			error_log $folder/nginx.log;
			pid $folder/nginx.pid;
			events { use epoll; }
			http { access_log off; server { listen 127.0.0.1:$port; location / { return 200 "served"; } } }
		END
		nginx -c "$folder/nginx.conf" >"$folder/nginx.out" 2>&1 &
		processes+=($!)
		await nginx nginx_works $!
		! kill -0 $! 2>/dev/null || return 0
	done
	give_up "nginx does not start: $(cat "$folder/nginx.out")"
}

nginx_works() {
	pid=$(pgrep -P "$1" -x nginx) || ! kill -0 "$1" 2>/dev/null
}

load_nginx() {
	wrk -t 1 -c 16 -d $slot "http://127.0.0.1:$port/" | awk '/^Requests\/sec/ { print $2 }'
}

measure_nginx() {
	PATH=$PATH:/usr/sbin
	has nginx wrk || return 0
	start_nginx
	serve "nginx, epoll" load_nginx
}

# What the profiler itself needs, on Redis under load.

count_of_perf() {
	perf script -i "$folder/perf.data" -F comm -G 2>/dev/null | grep -c .
}

# a_sample NAME...: ms of CPU time, of all of them together, for a sample.
a_sample() {
	local name time=0
	for name; do
		time=$((time + $(used "$name")))
	done
	awk -v time=$time -v samples="$(median <"$folder/samples.$1")" 'BEGIN { printf "%.3f\n", time / samples }'
}

measure_cost() {
	local round load
	has perf redis-server redis-cli redis-benchmark || return 0
	start_redis ""
	redis-benchmark -p "$port" -q -P 16 -d 512 -r 100000 -n 1000000000 -t set,get >/dev/null 2>&1 &
	load=$!
	processes+=("$load")
	for ((round = 0; round < rounds; round++)); do
		spend limpet "$limpet" -p "$pid" cpu -d 10 -r 99 -o "$folder/cost.pb.gz"
		sed -n 's/^\([0-9]*\) samples for .*/\1/p' "$folder/spent.err" >>"$folder/samples.limpet"
		spend record perf record -q -e cpu-clock -F 99 --call-graph dwarf -o "$folder/perf.data" -p "$pid" -- sleep 10
		count_of_perf >>"$folder/samples.record"
		spend script perf script -i "$folder/perf.data"
	done
	end "$load" "$pid"
	row "CPU time for a sample of Redis, ms" "$(a_sample limpet)" "perf record + script" "$(a_sample record script)" \
		"$(ratio "$(a_sample record script)" "$(a_sample limpet)")" ">= 10"
	row "memory at most, KiB" "$(memory limpet)" "perf script" "$(memory script)" \
		"$(ratio "$(memory script)" "$(memory limpet)")" ""
}

measure_idle() {
	local round
	start "$victims/crowd" 10000
	for ((round = 0; round < rounds; round++)); do
		spend idle "$limpet" -p "$pid" cpu -d 20
	done
	end "$pid"
	row "10,000 idle threads, 20 s at 99 Hz, CPU ms" "$(used idle)" "one core" "$(elapsed idle)" \
		"$(ratio "$(used idle)" "$(elapsed idle)")" "< 0.1"
}

measure_dump() {
	local round
	start "$victims/crowd" 160
	for ((round = 0; round < rounds; round++)); do
		spend stacks "$limpet" -p "$pid" stacks
		! has eu-stack || spend eu-stack eu-stack -p "$pid"
		! has gdb || spend gdb gdb -nx -batch -p "$pid" -ex 'thread apply all backtrace'
	done
	end "$pid"
	peer "stacks of 160 threads, ms" stacks eu-stack eu-stack ">= 5"
	peer "" stacks gdb gdb ""
}

# From the start of a profiler to its first sample of a program with much debug information.

# make_large: a program whose .debug_info is one real unit again and again.
make_large() {
	local unit size
	cat >"$folder/large.c" <<-'END'
		#include <stdio.h>
		int main(void) { volatile unsigned long n = 0; puts("ready"); fflush(stdout); for (;;) n++; }
	END
	echo '#include <bits/stdc++.h>' >"$folder/unit.cc"
	cc -g -c "$folder/large.c" -o "$folder/large.o"
	c++ -g -fno-eliminate-unused-debug-types -fno-eliminate-unused-debug-symbols -c "$folder/unit.cc" -o "$folder/unit.o"
	c++ "$folder/large.o" "$folder/unit.o" -o "$folder/large"
	objcopy --dump-section .debug_info="$folder/info" "$folder/large" "$folder/same"
	unit=$(($(od -An -tu4 -N4 "$folder/info") + 4))
	tail -c +$((unit + 1)) "$folder/info" >"$folder/unit"
	size=$(stat -c %s "$folder/unit")
	while (($(stat -c %s "$folder/info") + size < debug_megabytes * 1000000)); do
		cat "$folder/unit"
	done >>"$folder/info"
	objcopy --update-section .debug_info="$folder/info" "$folder/large" 2>/dev/null
	rm "$folder/info" "$folder/same"
}

# first_stop NAME COMMAND...: ms until the program first stands still for a tracer.
first_stop() {
	local name=$1
	shift
	echo >"$instance/trace"
	echo start >"$instance/trace_marker"
	"$@" >/dev/null 2>&1 || give_up "$name failed"
	awk '{ for (i = 1; $i !~ /^[0-9]+\.[0-9]+:$/; i++) if (i == NF) next
			time = $i + 0 }
		/tracing_mark_write: start/ { start = time }
		/ prev_state=t/ && start && !found { printf "%.1f\n", (time - start) * 1000; found = 1 }
		END { exit !found }' "$instance/trace" >>"$folder/first.$name" || give_up "$name did not stop the program"
}

first_of_perf() {
	local start
	start=$(awk '{ print $1 }' /proc/uptime)
	perf record -q -k CLOCK_BOOTTIME -e cpu-clock -F 999 --call-graph dwarf -o "$folder/perf.data" -p "$pid" -- \
		sleep 0.5 >/dev/null 2>&1
	perf script -i "$folder/perf.data" -F time -G 2>/dev/null | awk -v start="$start" \
		'NR == 1 { printf "%.1f\n", ($1 - start) * 1000 }' >>"$folder/first.perf"
}

measure_first() {
	local round
	has cc c++ objcopy || return 0
	make_large
	start "$folder/large"
	watch_states "prev_pid == $pid" || return 0
	for ((round = 0; round < rounds; round++)); do
		first_stop limpet "$limpet" -p "$pid" cpu -d 0.1 -r 999
		! has perf || first_of_perf
	done
	! has gdb || first_stop gdb gdb -nx -batch -p "$pid" -ex backtrace
	end "$pid"
	row "start to first sample, $debug_megabytes MB debug info, ms" "$(median <"$folder/first.limpet")" "" "" "" "< 50"
	[ ! -s "$folder/first.perf" ] || row "" "" "perf record, 999 Hz" "$(median <"$folder/first.perf")" \
		"$(ratio "$(median <"$folder/first.perf")" "$(median <"$folder/first.limpet")")" ""
	[ ! -s "$folder/first.gdb" ] || row "" "" "gdb" "$(median <"$folder/first.gdb")" \
		"$(ratio "$(median <"$folder/first.gdb")" "$(median <"$folder/first.limpet")")" ""
}

measure_pause() {
	"$build/bench/pause"
}

measure_unwind() {
	"$build/bench/unwind"
}

head_line
for part in ${parts:-pause unwind speeds redis nginx cost idle dump first}; do
	"measure_$part"
done
