# 32, 33, 37, 40: nothing is left of memory, processes, descriptors, file size; memory is locked.
. "$(dirname "$0")/../lib.sh"

commands 'ctl stats.allocated'
start_victim limits memory
torture memory $((3 * scale)) -a -m nk
end_victim

export MALLOC_CONF=$profiled
commands 'ctl stats.allocated' 'heap on' 'heap dump -o dump.pb.gz' 'heap off' 'cpu -d 0.01 -r 1000'
for kind in processes descriptors file-size locked; do
	start_victim limits $kind
	torture "$kind" $((5 * scale)) -a -m nk
	[ "$kind" != locked ] ||
		matches "$kind" '^VmLck:[[:space:]]*[1-9]' "$(cat "/proc/$pid/status")"
	end_victim
done
commands 'ctl prof.dump "/dev/full"'
start_victim limits none
torture "no room for the dump" $((3 * scale)) -a -m n
end_victim
conclude
