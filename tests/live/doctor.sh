# doctor says what works in a process, and of each thread what speaks against borrowing it for a call.
. "$(dirname "$0")/lib.sh"
needs setpriv jq

# judged NAME JUDGEMENT
judged() {
	same "$1" "$2" "$(jq -r --arg name "$1" '.threads[] | select(.name == $name).judgement' found)"
	contains "$1 as text" "$1: $2" "$text"
}

# examine: sets text; to the file found.
examine() {
	succeed -p "$pid" doctor
	text=$out
	succeed -p "$pid" doctor --json
	cp "$folder/.out" found
}

start_victim judged
victim_output=$output
examine
judged judged "can be borrowed"
judged waits "can be borrowed"
judged locks "waiting for a lock"
judged handles "in a signal handler"
judged allocates "in the allocator"
judged receives "in a system call that would start over, or end half done"
judged shallow "with too little room on its stack"
judged lends "in an uninterruptible wait"
judged runs "running"
same "threads" "$(sed -n 's/^thread //p' "$output" | sort; echo "judged $pid")" \
	"$(jq -r '.threads[] | "\(.name) \(.id)"' found | sort -k 1,1 | sed '/^judged /d'; echo "judged $pid")"
same "usable" 2 "$(jq .usable_threads found)"
contains "usable" "2 of 9 can be borrowed now" "$text"
same "refusals" "null null null" "$(jq -r '"\(.refusal) \(.own_thread_refusal) \(.borrowed_refusal)"' found)"
same "jemallocs" 1 "$(jq .jemallocs found)"
contains "jemalloc" libjemalloc "$text"
succeed -p "$pid" ctl stats.allocated
lacks "EINTR" EINTR "$(cat "$victim_output")"
same "traces" "" "$(traces "$pid")"

start_victim deep
examine
same "no jemalloc" 0 "$(jq .jemallocs found)"
contains "no jemalloc" "none found" "$text"

# Limits are for the process; the error of a call says the same.
start_victim limits processes
examine
matches "limits" 'RLIMIT_NPROC|processes' "$(jq -r .own_thread_refusal.message found)"
same "borrowed" null "$(jq -r .borrowed_refusal found)"
run -p "$pid" -e 'set calls own' -e 'ctl stats.allocated'
contains "the error of a call" "$(jq -r .own_thread_refusal.message found)" "$err"
finish
