# 10, 11: the only thread is in a signal handler on its alternate stack: no call, and it stays there.
. "$(dirname "$0")/../lib.sh"

commands 'ctl stats.allocated' 'cpu -d 0.01 -r 1000'
start_victim in_handler
run -p "$pid" ctl stats.allocated
[ "$status" -ne 0 ] || fail "a call on a thread in a handler"
torture "in a handler" $((3 * scale)) -m nkk
end_victim
conclude
