# 30: every register holds something while the thread waits, and while it computes.
. "$(dirname "$0")/../lib.sh"

repeat 4 'ctl stats.allocated' 'ctl epoch 1'
start_victim every_wait period=10 registers
torture "waiting" $((20 * scale)) -a -m nkk -c 20
end_victim
repeat 4 'ctl stats.allocated' 'cpu -d 0.01 -r 5000'
start_victim checker
torture "computing" $((20 * scale)) -a -m nkk -c 20
end_victim
conclude
