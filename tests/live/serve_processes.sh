# Which processes are served: by number, by name, by pattern, those that come later; and which never.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/serve_lib.sh"
cp "$(command -v bash)" "$folder/spinner"
cp "$(command -v bash)" "$folder/spinner-two"
asking=()

# spin PROGRAM: sets process.
spin() {
	background "$folder/$1" -c 'while :; do :; done'
	await "$1 to run" runs "$process" "$1"
}

runs() {
	[ "$(cat "/proc/$1/comm" 2>/dev/null)" = "$2" ]
}

# serves PID
serves() {
	get "/pid/$1/debug/pprof/cmdline"
	[ "$status" = 200 ]
}

serves_not() {
	! serves "$1"
}

spin spinner
one=$process
spin spinner
other=$process
spin spinner-two
different=$process

# Every process of a name, also later ones.
serve -n spinner --all
serves "$one" && serves "$other" || fail "two of the name" "$out"
serves_not "$different" || fail "one of another name is served"
get /debug/pprof/cmdline
same "no process is named" 404 "$status"
matches "what to do" 'several processes are served: name one' "$out"
get /name/spinner/debug/pprof/cmdline
same "two have the name" 404 "$status"
matches "what to do then" "2 processes are called 'spinner': choose one by its number" "$out"
spin spinner
later=$process
await "one that came later" serves "$later"
end "$other" "$later"
await "those that ended" serves_not "$later"
get /name/spinner/debug/pprof/profile?seconds=0.3
same "the name is one's alone now ($(tr -d '\0' <"$folder/.body" | head -c 100))" 200 "$status"
end_serve

# By a pattern of whole names; limpet itself, and what it has started, never.
serve_as serve --allow '.*' --processes 100000 -l 127.0.0.1:0
serves "$one" && serves "$different" || fail "all are meant" "$out"
get "/pid/$one/debug/pprof/profile?seconds=0.3"
same "a capture" 200 "$status"
for part in $limpet_process $(children "$limpet_process") 1; do
	serves_not "$part" || fail "served: $(cat "/proc/$part/comm")"
done
end_serve
serve_as serve --allow 'spinner' -l 127.0.0.1:0
serves "$one" || fail "it matches" "$out"
serves_not "$different" || fail "the pattern is for a part of the name"
get /
matches "the page lists it" "/pid/$one/" "$out"
lacks "and not the other" "/pid/$different/" "$out"
end_serve

# One by its name: not by chance.
serve -n spinner-two
get /debug/pprof/cmdline
same "the only one" 200 "$status"
end_serve
spin spinner
refuse 2 "serve: which process is to be served must be said" "limpet -p PID serve, limpet -n NAME serve, serve -n NAME --all, or serve --allow PATTERN" serve
refuse 2 "--allow '(' is no regular expression: Unmatched ( or \\(" "" serve --allow '('
refuse 4 "no process is called 'no-such-program'" "the name is that of the executable file, or what \`ps -e\` shows; \`pgrep -fa no-such-program\` searches whole command lines" serve -n no-such-program
run serve -n spinner
same "several of the name" 2 "$status"
matches "they are listed" "processes are called 'spinner'" "$err"
refuse 2 "serve: --allow says which processes there are: not with -p or -n" "usage: serve [-l ADDRESS] [-n NAME [--all] | --allow PATTERN] [--token-file FILE]" -p "$one" serve --allow x


# A number that another process has by now is not the process that is served. Whoever has it next is named so that
# it is not meant; what limpet would have seen of its end comes together with the requests.
take_number() {
	/usr/bin/python3 - "$@" <<-'PYTHON'
		import os, sys
		number = int(sys.argv[1])
		for _ in range(1000):
		    with open("/proc/sys/kernel/ns_last_pid", "w") as file:
		        file.write(str(number - 1))
		    child = os.fork()
		    if child == 0:
		        if os.getpid() == number:
		            os.setpgid(0, 0)
		            os.execv(sys.argv[2], sys.argv[2:])
		        os._exit(0)
		    if child == number:
		        sys.exit(0)
		    os.waitpid(child, 0)
		sys.exit("the number is not to be had")
	PYTHON
}
if [ -w /proc/sys/kernel/ns_last_pid ]; then
	cp "$(command -v bash)" "$folder/stranger"
	spin spinner
	mortal=$process
	serve -n spinner --all
	serves "$mortal" || fail "it is served" "$out"
	family="$limpet_process $(children "$limpet_process")"
	for part in $family; do
		family+=" $(children "$part")"
	done
	kill -STOP $family
	end "$mortal"
	take_number "$mortal" "$folder/stranger" -c 'while :; do :; done' || fail "a process with the number $mortal"
	processes+=("$mortal")
	await "the stranger to run" runs "$mortal" stranger
	for path in cmdline profile?seconds=0.3 threads; do
		curl -sS --max-time 60 -o "stranger.$path" -w '%{http_code}' "$url/pid/$mortal/debug/pprof/$path" >"status.$path" &
		asking+=("$!")
	done
	kill -CONT $family
	wait "${asking[@]}"
	for path in cmdline profile?seconds=0.3 threads; do
		matches "$path of a stranger ($(head -c 200 "stranger.$path"))" '^(404|503)$' "$(cat "status.$path")"
	done
	serves_not "$mortal" || fail "the stranger is served later"
	same "who traces it" 0 "$(awk '/^TracerPid/ { print $2 }' "/proc/$mortal/status")"
	end_serve
	kill -KILL "$mortal"
else
	echo "skipped: the number of a process that has ended cannot be given to another here"
fi

# -q leaves errors alone.
"$limpet" -q -p "$one" serve --json -l 127.0.0.1:0 >served.json 2>served.err &
limpet_process=$!
processes+=("$limpet_process")
await "its answer" test -s served.json
url=$(jq -r .url served.json | sed 's|/$||')
get "/debug/pprof/profile?seconds=0.3"
same "a quiet capture" 200 "$status"
kill -INT "$limpet_process"
wait "$limpet_process"
same "its messages" "" "$(cat served.err)"
same "objects" "serve serve" "$(jq -r .command served.json | paste -sd ' ')"
finish
