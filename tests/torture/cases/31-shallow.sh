# 31: the only thread for it has 512 bytes of stack left.
. "$(dirname "$0")/../lib.sh"

commands 'ctl stats.allocated'
start_victim shallow
torture "shallow" $((4 * scale)) -a -m nkk
end_victim
conclude
