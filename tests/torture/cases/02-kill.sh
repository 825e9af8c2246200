# 2, 38, 39: with the sanitizers, too: what it leaves is gone in two seconds.
. "$(dirname "$0")/../lib.sh"

commands 'ctl stats.allocated' 'cpu -d 0.005 -r 1000' 'stats > /dev/null'
start_victim checker
torture "calls and captures" $((30 * scale)) -a -c 30
end_victim

# No function of its C library can be found: the kernel copies what a borrowed thread has to keep.
commands 'ctl stats.allocated' 'cpu -d 0.005 -r 1000' 'stats > /dev/null'
start_victim checker_static
torture "a stripped program with its C library built in" $((20 * scale)) -a -c 20
end_victim

commands 'ctl stats.allocated' 'cpu -d 0.005 -r 1000' 'heap threads > /dev/null'
start_victim every_wait period=200 timed=50
torture "every system call" $((20 * scale)) -a -c 20
end_victim

commands 'heap on' 'heap threads' 'heap dump -o dump.pb.gz' 'heap off'
MALLOC_CONF=$profiled start_victim heap500
ask allocate >allocated
torture "heap profiles" $((15 * scale)) -a -c 15
end_victim

# A recording that was killed and not undone would have every later one leave the profiler on.
commands 'heap record -d 0.02' 'heap record -d 0.02'
MALLOC_CONF=$profiled start_victim heap500
ask allocate >allocated
torture "recordings" $((20 * scale)) -a -c 20
same "the profiler afterwards" "prof.active = false" "$("$limpet" -q -p "$pid" ctl prof.active)"
end_victim
conclude
