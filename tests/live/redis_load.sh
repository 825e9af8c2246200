# Redis serves redis-benchmark while limpet captures, calls and dumps: no request fails, its log says
# nothing, and afterwards it is the process that it was.
. "$(dirname "$0")/lib.sh"
needs setpriv

requests=150000

# What may not differ. jemalloc starts its own threads as its arenas come into use.
state_of_redis() {
	echo "tasks $(cat "/proc/$pid"/task/*/comm | grep -vc jemalloc_bg)"
	echo "files $(ls "/proc/$pid/fd" | wc -l)"
	echo "executable $(awk '$2 ~ /x/' "/proc/$pid/maps" | wc -l)"
	echo "traces $(traces "$pid" | wc -l)"
	echo "tracer $(tracer_of "$pid")"
}

as_before() {
	[ "$(state_of_redis)" = "$before" ]
}

# attach_limpet FIFO: a limpet that takes its commands from there, and is attached on return.
attach_limpet() {
	local fifo=$folder/$1
	mkfifo "$fifo"
	exec {commands}<>"$fifo"
	background "$limpet" -q -k -p "$pid" <"$fifo"
	echo "show rate" >&"$commands"
	await "limpet to be attached" grep -q '^99$' "$output"
}

has_marks() {
	[ "$(grep -c '^10s$' "$1")" -ge "$2" ] || is_gone "$3"
}

# repeat DESCRIPTOR OUTPUT PROCESS COMMAND...: until the load ends, then quits.
repeat() {
	local commands=$1 output=$2 process=$3 rounds=0
	shift 3
	until is_gone "$load"; do
		printf '%s\n' "$@" "show duration" >&"$commands"
		rounds=$((rounds + 1))
		await "a round of $1" has_marks "$output" $rounds "$process"
	done
	echo quit >&"$commands"
}

start_redis
load_redis 20000
wait "$load"
before=$(state_of_redis)
await "the clients to have gone ($before)" as_before
mappings=$(wc -l <"/proc/$pid/maps")
log_lines=$(wc -l <"$redis_log")

attach_limpet captures
capturer=$process captures=$output capturer_messages=$messages captures_in=$commands
attach_limpet controls
controller=$process controls=$output controller_messages=$messages controls_in=$commands
load_redis $requests
repeat "$captures_in" "$captures" "$capturer" 'cpu -d 1 -r 500 -n 3' &
repeat "$controls_in" "$controls" "$controller" 'ctl prof.active' stats 'ctl opt.lg_prof_sample' \
	'heap on' 'heap dump -o dump.heap' 'heap off' &
wait "$load"
same "redis-benchmark's status" 0 $?
wait "$capturer"
same "captures: status" 0 $?
wait "$controller"
same "calls: status" 0 $?
lacks "redis-benchmark" '[Ee]rror|WARNING' "$(tr '\r' '\n' <"$load_log")"
same "captures: messages" "" "$(cat "$capturer_messages")"
same "calls: messages" "" "$(cat "$controller_messages")"
captured=$(grep -c '^Type: cpu' "$captures") dumped=$(grep -c '^Type: inuse_space' "$controls")
printf '%d requests; meanwhile %d captures and %d heap dumps\n' $((2 * requests)) "$captured" "$dumped"
between "captures" 2 1000 "$captured"
between "heap dumps" 2 10000 "$dumped"

await "Redis to be as it was ($before)" as_before
log=$(tail -n +$((log_lines + 1)) "$redis_log")
lacks "Redis's log" '^[0-9]+:[A-Z] .* # |WARNING|[Ee]rror|[Cc]rash' "$log"
same "PING" PONG "$(redis-cli -p "$port" ping)"
printf 'mappings: %d before, %d after\n' "$mappings" "$(wc -l <"/proc/$pid/maps")"
finish
