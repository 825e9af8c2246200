# 7: a thousand signals of each kind a second, while limpet calls, captures, and dies: none is lost.
. "$(dirname "$0")/../lib.sh"

repeat 5 'ctl stats.allocated' 'cpu -d 0.01 -r 1000'
start_victim signals
torture "undisturbed" $((5 * scale)) -a -m n -S 1000:usr1,chld,realtime
end_victim
start_victim signals
torture "killed" $((60 * scale)) -a -c 20 -S 1000:usr1,chld,realtime
end_victim
conclude
