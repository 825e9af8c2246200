# 24: stopped by SIGSTOP before: refused, stays so; stopped meanwhile: goes on where it was.
. "$(dirname "$0")/../lib.sh"

commands 'ctl stats.allocated' 'cpu -d 0.01 -r 1000'
start_victim checker
kill -STOP "$pid"
await "the stop" has_state "$pid" T
"$limpet" -q -k -p "$pid" -x "$script" >>limpets 2>&1 &
process=$!
processes+=("$process")
ends_within 60 "$process"
tally runs
same "state" T "$(state_of "$pid")"
kill -CONT "$pid"
check_victim "after SIGCONT"

repeat 20 'ctl stats.allocated' 'cpu -d 0.01 -r 1000'
for ((i = 0; i < 3 * scale; i++)); do
	"$limpet" -q -k -p "$pid" -x "$script" >>limpets 2>&1 &
	process=$!
	processes+=("$process")
	tally runs
	sleep 0.2 # it works for longer
	kill -STOP "$pid"
	await "the stop" has_state "$pid" T
	sleep 0.1 # so that it finds it stopped
	[ $((i % 3)) != 2 ] || { kill -KILL "$process" && tally kills; }
	kill -CONT "$pid"
	ends_within 120 "$process"
	check_victim "stopped meanwhile"
done
torture "afterwards" 3 -a -m n
end_victim
conclude
