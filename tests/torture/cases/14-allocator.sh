# 14: one arena, no caches, and threads that do nothing but allocate.
. "$(dirname "$0")/../lib.sh"

commands 'ctl stats.allocated' 'stats > /dev/null' 'cpu -d 0.01 -r 1000'
export MALLOC_CONF=narenas:1,tcache:false
start_victim storm
torture "undisturbed" $((5 * scale)) -a -q -m n
torture "killed" $((20 * scale)) -a -q -c 20
end_victim
conclude
