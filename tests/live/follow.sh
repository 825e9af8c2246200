# A process that is restarted is picked up again, by its name and its executable.
. "$(dirname "$0")/lib.sh"
needs setpriv
. "$(dirname "$0")/../cli/tmux.sh"

twin=twin-$$
cp "$victims/split" "$folder/$twin"
said() { grep -q -- "$1" "$messages_of_limpet"; }
pid_in() { sed -n 's/^{"command":"info","pid":\([0-9]*\),.*/\1/p' "$1"; }

# follow ARGUMENT...: limpet in the background; sets limpet_process and messages_of_limpet.
follow() {
	background "$limpet" "$@"
	limpet_process=$process
	messages_of_limpet=$messages
}

# None yet: limpet waits for the first. Then five restarts under a script.
for ((i = 1; i <= 5; i++)); do
	printf 'cpu -d 1h -r 500 -o cut%d.folded\ninfo --json > info%d\n' $i $i
done >script
follow --follow "$twin" -x script
await "limpet to wait" said "^waiting for a process called '$twin'\$"
expected=()
for ((i = 1; i <= 5; i++)); do
	start "$folder/$twin"
	expected+=("$pid")
	[ $i -gt 1 ] || await "the first" said "^attached to $pid $twin\$"
	[ $i -eq 1 ] || await "number $i" said "^picked up again: $pid $twin, was $former $twin\$"
	# The end of the former one is told by the info that follows: from the second on, of the new one.
	await "samples of number $i" has_sampled "$limpet_process"
	end "$pid"
	former=$pid
	await "the end of number $i" said "^process $pid $twin ended during the capture: what was sampled"
	await "limpet to wait" said "^$pid $twin has ended: waiting for the next one called '$twin'\$"
done
start "$folder/$twin"
expected+=("$pid")
wait "$limpet_process"
same "script: status" 0 $?
same "script: how often it waited" 6 "$(grep -c 'waiting for' "$messages_of_limpet")"
for ((i = 1; i <= 5; i++)); do
	same "info $i" "${expected[i]}" "$(pid_in info$i)"
	[ -s cut$i.folded ] || fail "what was cut short is not kept: $i"
done
lacks "script" '^(limpet|script):' "$(cat "$messages_of_limpet")"

# By number: another file of the same name is not meant.
mkdir other
cp "$victims/split" "other/$twin"
mkfifo gate
exec {gate}<>gate
follow -p "$pid" --follow "$twin" - <gate
echo 'info --json > before' >&$gate
await "the first command" test -s before
former=$pid
start "$folder/other/$twin"
stranger=$pid
end "$former"
echo 'info --json > after' >&$gate
await "limpet to wait" said "^$former $twin has ended: waiting"
start "$folder/$twin"
await "limpet to go on" test -s after
same "the same executable" "$pid" "$(pid_in after)"
echo quit >&$gate
wait "$limpet_process"
same "by number: status" 0 $?
end "$stranger"

# exec keeps the process.
end "$pid"
start bash -c "echo ready; read -r line; exec '$folder/$twin'"
follow -q -p "$pid" --follow bash - <gate
echo 'info --json > before' >&$gate
await "info before exec" test -s before
rm before
tell go
await "exec" grep -qx "$twin" "/proc/$pid/comm"
echo 'info --json > before' >&$gate
await "info after exec" test -s before
same "exec" "$pid" "$(pid_in before)"
echo quit >&$gate
wait "$limpet_process"
same "exec: messages" "" "$(cat "$messages_of_limpet")"
end "$pid"

# Nobody comes; more than one is there; Ctrl-C.
refuse_after() {
	run --follow "$twin" --timeout 200ms info
	same "nobody: status" 4 "$status"
	contains "nobody" "limpet: no process called '$twin' has come within 200ms" "$err"
}
refuse_after
follow --follow "$twin" info
await "limpet to wait" said '^waiting for'
kill -INT "$limpet_process"
wait "$limpet_process"
same "Ctrl-C: status" 130 $?
start "$folder/$twin"
start "$folder/$twin"
run --follow "$twin" info
same "two: status" 2 "$status"
matches "two" "^limpet: 2 processes are called '$twin':" "$err"
run --follow "$twin" -n "$twin" info
same "-n and --follow: status" 2 "$status"
end "$pid"

# At the prompt.
if command -v tmux >/dev/null; then
	pid=$(pgrep -x "$twin")
	new_terminal 100 30 "'$limpet' --follow $twin"
	wait_for "(limpet $pid $twin)"
	former=$pid
	end "$former"
	start "$folder/$twin"
	keys Enter
	wait_for "picked up again: $pid $twin, was $former $twin"
	wait_for "(limpet $pid $twin)"
	former=$pid
	end "$former"
	keys 'info' Enter
	wait_for "$former $twin has ended: waiting"
	keys C-c
	wait_for "limpet: interrupted"
	start "$folder/$twin"
	keys "attach $pid --follow" Enter
	wait_for "attached to $pid $twin"
	end_terminal
else
	omit "there is no tmux"
fi

# What was switched is not in the next one.
if command -v redis-server >/dev/null; then
	cp "$(command -v redis-server)" "$folder/red-$$"
	serve() {
		background env MALLOC_CONF="$profiled" "$folder/red-$$" --port 0 --unixsocket "$folder/red.sock" --save ''
		pid=$process
		await "Redis" grep -qx "red-$$" "/proc/$pid/comm"
		await "Redis" test -S "$folder/red.sock"
		rm "$folder/red.sock"
	}
	serve
	follow --follow "red-$$" - <gate
	echo 'heap on > on' >&$gate
	await "heap on" test -s on
	former=$pid
	end "$pid"
	serve
	echo 'ctl prof.active > active' >&$gate
	await "ctl" test -s active
	same "the next one" "prof.active = false" "$(cat active)"
	contains "what was switched" \
		"prof.active was switched to true in $former red-$$, which has ended: it is not in a new one" \
		"$(cat "$messages_of_limpet")"
	echo quit >&$gate
	wait "$limpet_process"
	same "redis: status" 0 $?
	end "$pid"
else
	omit "there is no redis-server"
fi
finish
