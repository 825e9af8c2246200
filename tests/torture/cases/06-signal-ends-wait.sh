# 6, 12: a signal with a handler comes while the waiting thread is borrowed: the handler runs, once,
# and the wait ends with EINTR, with the temporary mask that it had.
. "$(dirname "$0")/../lib.sh"

repeat 5 'ctl stats.allocated' 'ctl epoch 1'
for name in pause sigsuspend ppoll-masked pselect-masked pwait-masked; do
	start_victim every_wait period=7 $name
	torture "$name" $((5 * scale)) -a -m nk
	end_victim
done
conclude
