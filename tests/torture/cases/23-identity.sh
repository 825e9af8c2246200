# 23: the C library has all threads change their user, and waits for each of them.
. "$(dirname "$0")/../lib.sh"

repeat 4 'ctl stats.allocated' 'ctl epoch 1'
start_victim identity
torture "undisturbed" $((5 * scale)) -a -q -m n
torture "killed" $((20 * scale)) -a -q -c 20
end_victim

# The thread that waits for all others holds a lock that a call needs.
start_victim identity slow
torture "one answers late" $((10 * scale)) -a -q -c 10
end_victim
conclude
