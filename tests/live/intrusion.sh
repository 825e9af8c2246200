# Processes that notice whatever is done to them notice nothing.
. "$(dirname "$0")/lib.sh"
needs setpriv

start_victim sleepers
threads=$(grep -c '^thread ' "$output")
succeed -p "$pid" threads
same "threads" $((threads + 2)) "$(wc -l <<<"$out")"
for call in read epoll_wait poll futex accept pause; do
	matches "threads" " S .* $call( |\$)" "$out"
done
succeed -p "$pid" cpu -d 3 -r 500
contains "sleepers use no CPU" "0 samples" "$err"
for ((i = 0; i < 20; i++)); do
	succeed -q -p "$pid" -e 'cpu -d 0.05 -r 1000' -e threads -e info
done
matches "sleepers" '^ok ' "$(ask check)"
lacks "sleepers" '^(EINTR|BAD|EARLY|MASK|STUCK)' "$(cat "$output")"
same "sleepers: state" S "$(state_of "$pid")"
end "$pid"

signals=50
start_victim checker
for ((i = 0; i < 200; i++)); do
	echo 'ctl stats.allocated'
done >calls
background "$limpet" -q -k -p "$pid" -x calls
caller=$process called=$output caller_messages=$messages
background "$limpet" -q -p "$pid" -e 'cpu -d 2 -r 500' -e 'cpu -d 2 -r 1000' -e 'cpu -d 1 -r 2000'
sampler=$process sampled=$output sampler_messages=$messages
output=$folder/output.$((${#processes[@]} - 3))
for ((i = 0; i < signals; i++)); do
	kill -USR1 "$pid"
	kill -RTMIN "$pid"
	sleep 0.02 # apart, so that they meet different moments; nothing waits for them
done
wait "$caller"
caller_status=$?
wait "$sampler"
same "captures: status" 0 $?
same "captures: messages" "" "$(cat "$sampler_messages")"
same "captures" 3 "$(grep -c '^Type: cpu' "$sampled")"
same "calls: status" 0 "$caller_status"
same "calls: messages" "" "$(cat "$caller_messages")"
same "calls" 200 "$(grep -c '^stats.allocated = [0-9]*$' "$called")"
answer=$(ask check)
printf '%s\n' "$answer"
matches "checker" '^ok ' "$answer"
matches "no signal was lost" " realtime=$signals( |\$)" "$answer"
lacks "checker" '^(EINTR|BAD|EARLY|MASK|STUCK|REGISTERS|HEAP|SIGNALS|ACTION)' "$(cat "$output")"
same "traces" "" "$(traces "$pid")"
same "tracer" 0 "$(tracer_of "$pid")"
finish
