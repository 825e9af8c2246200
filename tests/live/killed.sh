# limpet is killed at any moment of its work: the target goes on as if nothing had happened.
. "$(dirname "$0")/lib.sh"
needs setpriv

kills=30
script=$folder/script
for ((i = 0; i < 50; i++)); do
	printf 'ctl stats.allocated\ncpu -d 0.02 -r 1000\nstats\n'
done >"$script"

not_held() {
	local tracer
	tracer=$(cat /proc/"$pid"/task/*/status | sed -n 's/^TracerPid:[[:space:]]*//p' | sort -u)
	[ "$tracer" = 0 ] && ! cat /proc/"$pid"/task/*/stat | sed 's/.*) //' | grep -q '^[Tt]'
}

start_victim checker
answers=$output
started=$(date +%s%N)
succeed -p "$pid" ctl stats.allocated
takes=$((($(date +%s%N) - started) / 1000000)) # ms, until it is done with the first call
[ $takes -lt 500 ] || takes=500 # a busy machine
for ((i = 0; i < kills; i++)); do
	"$limpet" -k -p "$pid" -x "$script" >>killed.out 2>&1 &
	process=$!
	processes+=("$process")
	life=$((20 + RANDOM % (2 * takes))) # ms, whatever it does then
	sleep "$((life / 1000)).$(printf %03d $((life % 1000)))"
	kill -KILL "$process"
	wait "$process" 2>/dev/null
done
await "nobody to hold the target" not_held
await "limpet's thread to have left" has_no_traces "$pid"
output=$answers
answer=$(ask check)
printf '%s\n' "$answer"
matches "checker" '^ok ' "$answer"
lacks "checker" '^(EINTR|BAD|EARLY|MASK|STUCK|REGISTERS|HEAP|SIGNALS|ACTION)' "$(cat "$output")"
same "state" S "$(state_of "$pid")"
calls=$(grep -c '^stats.allocated = ' killed.out)
printf '%d kills; %d values were read before; %s is left behind\n' $kills "$calls" \
	"$(traces "$pid" | grep . || echo nothing)"
[ "$calls" -gt 0 ] || fail "each limpet was killed before its first call"
lacks "messages" 'Sanitizer|runtime error' "$(cat killed.out)"

# The next limpet works as ever.
succeed -p "$pid" ctl stats.allocated
matches "the next call" '^stats.allocated = [0-9]+$' "$out"
succeed -p "$pid" cpu -d 0.2
matches "checker" '^ok ' "$(ask check)"
finish
