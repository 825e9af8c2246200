# 3: limpet's tracer process stands still while it holds a thread: its watchdog ends it. And limpet
# is told to end.
. "$(dirname "$0")/../lib.sh"

commands 'ctl stats.allocated' 'ctl stats.active' 'cpu -d 0.02 -r 2000'
start_victim checker
torture "stopped tracer" $((3 * scale)) -a -m s
torture "told to end" $((20 * scale)) -a -m th
end_victim
conclude
