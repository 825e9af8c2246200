# The target ends in the middle of a capture: limpet says so, keeps what it has, and exits with 4.
. "$(dirname "$0")/lib.sh"
needs setpriv

# check_end WHAT FUNCTION: of the limpet in the background.
check_end() {
	wait "$limpet_process"
	same "$1: status" 4 $?
	matches "$1: message" "^limpet: process $pid [a-z]+ ended during the capture\$" "$(cat "$messages")"
	matches "$1: hint" "^  what was sampled until then is kept as @1 and saved in ended.pb.gz\$" \
		"$(cat "$messages")"
	succeed top --sample-index=samples ended.pb.gz
	contains "$1: the file" "the process ended during the capture" "$out"
	contains "$1: the file" "$2" "$out"
	if have_pprof; then
		contains "$1: pprof" "$2" "$(pprof -top ended.pb.gz)"
	fi
	rm ended.pb.gz
}

start_victim split
background "$limpet" -p "$pid" cpu -d 60 -r 500 -o ended.pb.gz
limpet_process=$process
await "samples" has_sampled "$limpet_process"
end "$pid"
check_end "killed" burn_heavy

# By itself: limpet needs less than a second to begin.
start_victim exits 3000
background "$limpet" -p "$pid" cpu -d 60 -r 500 -o ended.pb.gz
limpet_process=$process
check_end "exited" burn_until_exit

# A command after the end, in a script that goes on.
start_victim split
mkfifo lines
exec 3<>lines
background "$limpet" -p "$pid" <lines
limpet_process=$process
echo "show rate" >&3
await "the script to begin" grep -q '^99$' "$output"
end "$pid"
echo "info" >&3
wait "$limpet_process"
same "gone in a script: status" 4 $?
matches "gone in a script: message" "^<stdin>:2: process $pid (\(split\) )?is gone\$" "$(cat "$messages")"
finish
