# Several limpets attach to one process and call into it at the same time: each gets what it asked
# for, and the process lives.
. "$(dirname "$0")/lib.sh"
needs setpriv

start_victim checker
answers=$output
for ((i = 0; i < 30; i++)); do
	printf 'ctl stats.allocated\ndetach\nattach %d\n' "$pid"
done >calls
for ((i = 0; i < 30; i++)); do
	printf 'cpu -d 0.05 -r 1000 -n 1\ndetach\nattach %d\n' "$pid"
done >captures
limpets=()
for script in calls calls calls captures; do
	background "$limpet" -q -p "$pid" -x $script
	limpets+=("$process")
done
wait "${limpets[@]}"
for i in 1 2 3 4; do
	same "messages of limpet $i" "" "$(cat "$folder/messages.$i")"
done
same "values" 90 "$(cat "$folder"/output.[1-3] | grep -c '^stats.allocated = [0-9]*$')"
same "captures" 30 "$(grep -c '^Type: cpu$' "$folder/output.4")"
! is_gone "$pid" || { fail "the process has died"; finish; }
output=$answers
matches "checker" '^ok ' "$(ask check)"
same "traces" "" "$(traces "$pid")"
finish
