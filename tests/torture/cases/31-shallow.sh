# 31: the only thread for it has 512 bytes of stack left.
. "$(dirname "$0")/../lib.sh"

repeat 3 'ctl stats.allocated' 'ctl epoch 1'
start_victim shallow
torture "shallow" $((10 * scale)) -a -m nk
end_victim
conclude
