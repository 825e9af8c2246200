# CPU profiles of Redis under load and of a Rust program: the names are theirs, and the total is what
# the kernel has charged to the process meanwhile.
. "$(dirname "$0")/lib.sh"
needs go setpriv
have_pprof || skip "go tool pprof does not work"

# stamp PID NAME: a line of a script that notes the time and what the kernel has charged by then.
stamp() {
	echo "show rate | (date +%s%N; cat /proc/$1/stat) > $2"
}

# stamped_ticks NAME
stamped_ticks() {
	sed -n '2s/.*) //p' "$1" | awk '{ print $12 + $13 }'
}

# compare_with_kernel WHAT PID SECONDS: a capture into cpu.pb.gz. The stamps are a little further apart
# than the capture's ends; what the process can have used in between, one CPU at most, is unknown.
compare_with_kernel() {
	local what=$1 process=$2 seconds=$3 tick kernel slack captured sampled
	tick=$((1000000000 / $(getconf CLK_TCK)))
	succeed -p "$process" -e "$(stamp "$process" before)" \
		-e "cpu -d $seconds -r 99 -o cpu.pb.gz" -e "$(stamp "$process" after)"
	names=$(pprof -top -cum -nodecount=1000 cpu.pb.gz)
	captured=$(sed -n 's/^Duration: \([0-9.]*\)s, .*/\1/p' <<<"$names")
	captured=$(awk "BEGIN { printf \"%.0f\", $captured * 1e9 }")
	kernel=$((($(stamped_ticks after) - $(stamped_ticks before)) * tick))
	slack=$(($(head -n 1 after) - $(head -n 1 before) - captured + tick))
	total=$(pprof_total cpu cpu.pb.gz)
	sampled=$(pprof_total cpu cpu.pb.gz -ignore='^\[')
	printf '%s: kernel %d ms, of that up to %d ms outside; profile %d ms, of that %d ms in samples\n' \
		"$what" $((kernel / 1000000)) $((slack / 1000000)) $((total / 1000000)) $((sampled / 1000000))
	[ "$captured" -ge $((seconds * 990000000)) ] || fail "$what: the capture took $captured ns"
	between "$what: total and kernel (within 5 %)" $(((kernel - slack) * 95 / 100)) \
		$(((kernel + tick) * 105 / 100)) "$total"
	between "$what: time in samples" $((total * 80 / 100)) "$total" "$sampled"
	contains "$what: messages" "saved in cpu.pb.gz" "$err"
}

start_victim split
compare_with_kernel "one burning thread" "$pid" 3
end "$pid"

# A server that sleeps and is woken all the time: what it waits in is not what takes its time. The
# machine may be busy.
start_victim shares server
server_times() {
	ask truth | tr ' ' '\n' | sed -n 's/^\(receive\|handle\|reply\)=//p' | xargs
}
before=$(server_times)
succeed -p "$pid" cpu -d 4 -r 997 -o server.folded
after=$(server_times)
found=$(awk '{ value = $NF; sub(/ [0-9]+$/, ";"); for (i = split("receive handle reply", names, " "); i; i--) if (index($0, ";" names[i] ";")) sum[i] += value }
	END { printf "%d %d %d\n", sum[1], sum[2], sum[3] }' server.folded)
server_shares=$(printf '%s\n%s\n%s\n' "$before" "$after" "$found" | awk '
	{ for (i = 1; i <= 3; i++) value[NR, i] = $i }
	END {
		for (i = 1; i <= 3; i++) { all += value[2, i] - value[1, i]; sampled += value[3, i] }
		for (i = 1; i <= 3; i++) printf "%.0f %.0f\n", 100 * (value[2, i] - value[1, i]) / all, 100 * value[3, i] / sampled
	}')
read -r truth share <<<"$server_shares"
between "server: share of what waits, truth $truth %" 0 $((truth + 15)) "$share"
read -r truth share < <(sed -n 2p <<<"$server_shares")
between "server: share of what works, truth $truth %" $((truth / 2)) 100 "$share"
end "$pid"

start_redis
load_redis 100000000
await "the load to begin" grep -aq 'rps=' "$load_log"
compare_with_kernel Redis "$pid" 5

# A busy machine leaves Redis little CPU, and what it does shows only in so many samples.
sample_count() {
	pprof -comments cpu.pb.gz | sed -n 's/^\([0-9]*\) samples in .*/\1/p'
}
for ((tries = 1; $(sample_count) < 100 && tries < 4; tries++)); do
	succeed -q -p "$pid" cpu -d 5 -r 499 -o cpu.pb.gz
done
total=$(pprof_total cpu cpu.pb.gz)
names=$(pprof -top -cum -nodecount=1000 cpu.pb.gz)
printf 'Redis: %d samples\n' "$(sample_count)"
for function in main aeMain readQueryFromClient processCommand call; do
	matches "a function of Redis" "[ ]$function\$" "$names"
done
# The kernel's own sampler finds a third of the time outside of these three.
calls=$(pprof_total cpu cpu.pb.gz -focus='^(read|write|epoll_wait)$')
between "Redis: time in its own code, of $total ns" $((total / 10)) "$total" $((total - ${calls:-0}))
matches "main is below all" " (9[0-9]\.[0-9]+|100)% +main\$" "$names"
end "$load"
end "$pid"

if ! have_rust; then
	omit "the Rust programs were not built"
	finish
fi
start_rust rust-profiling-demo
compare_with_kernel "the Rust program" "$pid" 5
names=$(pprof -top -cum -nodecount=1000 cpu.pb.gz)
matches "the hottest function" '.* (9[0-9]\.[0-9]+|100)% +rust_profiling_demo::cpu_intensive( \(inline\))?$' "$names"
lacks "mangled names" ' _(ZN|R)[A-Za-z0-9]' "$names"
finish
