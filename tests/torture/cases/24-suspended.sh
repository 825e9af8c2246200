# 24: stopped by SIGSTOP before: refused, stays so; stopped meanwhile: goes on where it was.
. "$(dirname "$0")/../lib.sh"

commands 'ctl stats.allocated' 'cpu -d 0.01 -r 1000'
start_victim limits none
kill -STOP "$pid"
await "the stop" has_state "$pid" T
launch
ends_within 60 "$process"
same "state" T "$(state_of "$pid")"
kill -CONT "$pid"
check_victim "after SIGCONT"

repeat 20 'ctl stats.allocated' 'cpu -d 0.01 -r 1000'
for ((i = 0; i < 3 * scale; i++)); do
	launch
	sleep 0.2 # it works for longer
	kill -STOP "$pid"
	await "the stop" has_state "$pid" T
	sleep 0.1 # so that it finds it stopped
	[ $((i % 3)) != 2 ] || strike
	kill -CONT "$pid"
	ends_within 120 "$process"
	check_victim "stopped meanwhile"
done
await "the end of limpet's thread" has_no_traces "$pid"
torture "afterwards" 3 -a -m n
end_victim
conclude
