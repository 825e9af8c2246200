# 22: a waiting thread is cancelled while it is borrowed: it ends when it is back.
. "$(dirname "$0")/../lib.sh"

repeat 4 'ctl stats.allocated' 'ctl epoch 1'
start_victim cancelled
torture "undisturbed" $((5 * scale)) -a -q -m n
torture "killed" $((20 * scale)) -a -q -c 20
end_victim
conclude
