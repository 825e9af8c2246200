# 42: 10,000 threads.
. "$(dirname "$0")/../lib.sh"

crowd=10000
[ "$(cat /proc/sys/kernel/threads-max)" -gt $((crowd + 2000)) ] &&
	[ "$(cat /proc/sys/kernel/pid_max)" -gt $((crowd + 2000)) ] &&
	[ "$(cat /proc/sys/vm/max_map_count)" -gt $((2 * crowd + 2000)) ] ||
	cannot "no room for $crowd threads"
# With the sanitizers it takes a minute to look at them all.
limpet=$plain
commands 'ctl stats.allocated' 'cpu -d 0.01'
start_victim crowd $crowd
torture "crowd" $((2 * scale)) -a -m nkk -c 10
end_victim
conclude
