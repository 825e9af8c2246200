# 16, 17: the process forks without end while it is called and its heap is dumped.
. "$(dirname "$0")/../lib.sh"

commands 'heap on' 'heap dump -o dump.pb.gz' 'ctl stats.allocated'
export MALLOC_CONF=$profiled
start_victim forker fork
torture "undisturbed" $((3 * scale)) -a -q -m n
torture "killed" $((20 * scale)) -a -q -c 20
end_victim
conclude
