# 9: SIGSEGV and SIGTRAP blocked, ignored, handled.
. "$(dirname "$0")/../lib.sh"

commands 'ctl stats.allocated' 'cpu -d 0.01 -r 1000' 'ctl epoch 1'
for how in blocked ignored handled; do
	start_victim dispositions $how
	torture $how $((6 * scale)) -a -m nkk -c 6
	end_victim
done
conclude
