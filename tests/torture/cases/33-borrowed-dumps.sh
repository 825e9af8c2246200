# 33, 39: limpet is killed while a thread of the process itself writes a heap dump: nothing stays open,
# and the next limpet does not get in the way of a call that is still under way.
. "$(dirname "$0")/../lib.sh"

commands 'set calls borrowed' 'heap on' 'heap dump -o dump.pb.gz' 'heap dump -o dump.pb.gz' 'heap off'
export MALLOC_CONF=$profiled
start_victim limits none
torture "dumps" $((20 * scale)) -a -j 3 -m nk -c $((20 * scale))
end_victim
conclude
