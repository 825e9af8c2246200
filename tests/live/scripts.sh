# Scripts against a live process: data on stdout, messages on stderr, and what the status says.
. "$(dirname "$0")/lib.sh"
needs setpriv

is_table() {
	matches "$1: table" '^Type: cpu$' "$2"
	matches "$1: table" ' burn_heavy$' "$2"
	lacks "$1: table" '^(kept as|[0-9]+ samples for )' "$2"
}

start_victim split
succeed -p "$pid" -e 'cpu -d 1' -e top5
is_table "-e" "$out"
matches "-e: top5 shows five" '^Showing top [1-5] nodes|^Showing nodes' "$out"
same "-e: two tables" 2 "$(grep -c '^Type: cpu$' <<<"$out")"
matches "-e: messages" '^[0-9]+ samples for .* CPU time, .* in system calls; a thread stood still for ' "$err"
matches "-e: messages" '^kept as @1$' "$err"

printf 'cpu -d 0.5 -r 199 -o script.pb.gz\nprofiles\ntop -cum @1\nsave script.svg\n' >script
succeed -p "$pid" -x script
is_table "-x" "$out"
matches "-x: profiles" '@1 .*cpu' "$out"
contains "-x: messages" "kept as @1, saved in script.pb.gz" "$err"
[ -s script.pb.gz ] && [ -s script.svg ] || fail "-x: files" "$(ls)"
succeed -p "$pid" <script
is_table stdin "$out"
succeed -p "$pid" - <script
is_table - "$out"
succeed -q -p "$pid" cpu -d 0.3
is_table -q "$out"
same "-q: messages" "" "$err"
succeed -e "attach $pid" -e 'cpu -d 0.3' -e detach
is_table attach "$out"

succeed -p "$pid" -e 'cpu -d 0.3 > table' -e 'top5 | wc -l > lines'
same "redirected" "" "$out"
is_table redirected "$(cat table)"
between "lines of top5" 6 20 "$(cat lines)"

run -p "$pid" -e 'cpu -d 0.2' -e detach -e info -e 'show rate'
same "after detach: status" 3 "$status"
matches "after detach" '^-e:3: no process is attached$' "$err"

end "$pid"
run -e 'show rate' -e "attach $pid" -e 'show duration'
same "gone: status" 4 "$status"
same "gone: output" 99 "$out"
matches "gone: message" "^-e:2: there is no process $pid\$" "$err"

# Ctrl-C ends a capture early, and keeps what there is.
start_victim split
background "$limpet" -p "$pid" cpu -d 1h -r 500 -o early.pb.gz
capture=$process
await "samples" has_sampled "$capture"
kill -INT "$capture"
wait "$capture"
same "Ctrl-C: status" 0 $?
matches "Ctrl-C: messages" '^kept as @1, saved in early.pb.gz$' "$(cat "$messages")"
is_table Ctrl-C "$(cat "$output")"
succeed top early.pb.gz
is_table "Ctrl-C: the file" "$out"
finish
