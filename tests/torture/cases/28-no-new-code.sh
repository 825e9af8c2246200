# 28: the process may have no new executable memory.
. "$(dirname "$0")/../lib.sh"

commands 'ctl stats.allocated' 'cpu -d 0.01 -r 1000'
start_victim limits code
torture "no new code" $((3 * scale)) -a -m nkk
end_victim
conclude
