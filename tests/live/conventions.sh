# What users of other shells and debuggers expect of one that looks at a process: one topic for each call ($4),
# on a terminal and through pipes. The others: tests/cli/conventions.sh.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/../cli/tmux.sh"
topic=$4
needs setpriv
end_all() {
	end_terminal
	clean_up
}
trap end_all EXIT

# start_shell ARGUMENT...: 100 columns and 40 rows; the status is shown when it has ended.
start_shell() {
	needs tmux
	export TERM=xterm-256color
	new_terminal 100 40 "'$limpet' $*; echo \"status \$?.\"; read -r line"
	wait_for "(limpet"
}
colored() { terminal capture-pane -e -p -t test; }

# holds_still WHAT: nobody traces the process or has stopped it.
goes_on() {
	same "$1: tracer" 0 "$(tracer_of "$pid")"
	[ "$(state_of "$pid")" != T ] || fail "$1: it is stopped"
	[ "$(state_of "$pid")" != t ] || fail "$1: it is held"
}

topic_prompt() {
	start_redis
	start_shell -q
	keys "attach $pid" Enter
	wait_for "(limpet $pid redis-server)"
	contains "color" $'\033[36m'"$pid redis-server" "$(colored)"
	keys "heap on" Enter
	wait_for "(limpet $pid redis-server heap:on)"
	keys "heap off" Enter
	wait_for "(limpet $pid redis-server)"
	keys "detach" Enter
	wait_for "
(limpet)"
	# The prompts of before leave the screen.
	keys C-l "attach $pid" Enter
	wait_for "attach $pid
(limpet $pid redis-server)"
	end "$pid"
	keys Enter
	wait_for "(limpet $pid redis-server, gone)"
	keys "info" Enter
	wait_for "is gone"
	leave_shell
	wait_for "status "
}

# shows PATTERN: in a line of the screen.
shows() {
	screen | grep -Eq "$1"
}

topic_completion() {
	local name
	start_victim split
	start_shell -p "$pid"
	keys 'attach ' Tab Tab
	wait_for "(limpet $pid split) attach"
	# More processes than the screen holds are begun by a part of the number.
	keys "${pid%?}" Tab Tab
	await "numbers with names" shows "(^| )$pid +split( |\$)"
	keys C-u 'cpu -t burn' Tab
	wait_for "(limpet $pid split) cpu -t burner-1"
	# The list of processes leaves the screen: it has such a row, too.
	keys C-u C-l 'cpu -t ' Tab Tab Tab
	wait_for_lack " attach"
	await "threads with names" shows "^$pid +split"
	echo 'main;burn_heavy 1' >burn.folded
	keys C-u 'load burn.folded' Enter
	wait_for "@1: "
	keys 'top --only burn_h' Tab
	wait_for "(limpet $pid split) top --only burn_heavy"
	keys C-u 'top ' Tab Tab
	wait_for "top @1"
	keys C-u 'top --sample-index=sa' Tab
	wait_for "top --sample-index=samples"
	# A name that only one process has.
	name=clings-$$
	cp "$victims/split" "$folder/$name"
	start "$folder/$name"
	keys C-u 'attach clings-' Tab
	wait_for "attach $name"
}

# sampling COMMAND...: runs it; it samples when this returns. Sets capture.
sampling() {
	background env --default-signal=INT "$limpet" -p "$pid" "$@"
	capture=$process
	await "samples" has_sampled "$capture"
}

topic_interrupts() {
	start_victim split
	# Once: the capture ends early and is kept; a script goes on.
	sampling -e 'cpu -d 1h -r 500 -o once.pb.gz' -e profiles
	kill -INT "$capture"
	wait "$capture"
	same "once: status" 0 $?
	contains "once" "kept as @1, saved in once.pb.gz" "$(cat "$messages")"
	contains "once: what follows" "@1" "$(cat "$output")"
	goes_on "once"
	# Twice: it is discarded, and so is the rest.
	for kind in '' --wall; do
		# Stopped, so that both are there before it looks.
		background env --default-signal=INT "$limpet" -p "$pid" -e "cpu $kind -d 1h -r 500 -o twice.pb.gz" -e profiles
		capture=$process
		await "samples" has_sampled "$capture"
		kill -INT "$capture"
		kill -INT "$capture"
		wait "$capture"
		status=$?
		# Both may have come as one, as signals do.
		if [ "$status" = 0 ]; then
			contains "one signal" "kept as @1" "$(cat "$messages")"
			rm -f twice.pb.gz
		else
			same "twice: status" 130 "$status"
			matches "twice" '^-e:1: interrupted twice: what was sampled is discarded$' "$(cat "$messages")"
			[ ! -e twice.pb.gz ] || fail "twice: it is saved"
			same "twice: output" "" "$(cat "$output")"
		fi
		goes_on "twice"
	done
	start_shell -p "$pid"
	keys 'cpu -d 1h' Enter
	wait_for "samples, "
	keys C-c
	wait_for "kept as @1"
	wait_for "(limpet $pid split)"
	keys 'show ra' C-c
	wait_for "^C
(limpet $pid split)"
	goes_on "at the prompt"
	keys 'cpu -d 1h' Enter
	wait_for "left: "
	keys C-c
	wait_for "kept as @2"
	keys 'quit' Enter
	wait_for "status 0."
}

topic_heap_interrupts() {
	start_redis
	load_redis 100000000
	for what in 'heap record -d 1h' 'heap growth -d 1h'; do
		start_shell -p "$pid"
		keys "$what" Enter
		wait_for " left; Ctrl-C ends it"
		wait_for "2s, "
		keys C-c
		if [ "$what" = 'heap record -d 1h' ]; then
			wait_for "Type: inuse_space"
		else
			wait_for "interrupted before there was a second dump" || wait_for "grow"
		fi
		wait_for_lack " left; Ctrl-C ends it"
		keys 'heap status | head -3' Enter
		wait_for "jemalloc     "
		leave_shell
		wait_for "status 0."
		goes_on "$what"
		[ "$("$limpet" -q -p "$pid" ctl prof.active)" = "prof.active = false" ] || fail "$what: the profiler stays on"
	done
	end "$load"
}

topic_end() {
	start_redis
	# Nothing is asked: it is said what stays.
	start_shell -p "$pid"
	keys "heap on" Enter
	wait_for "heap:on)"
	leave_shell
	wait_for "status 0."
	contains "what stays" "prof.active stays true in $pid redis-server" "$(screen)"
	goes_on "Ctrl-D"
	start_shell -p "$pid"
	keys "quit" Enter
	wait_for "status 0."
	goes_on "quit"
	await "no traces of limpet" has_no_traces "$pid"
}

topic_exit_codes() {
	start_victim ends
	end "$pid"
	run -p "$pid" info
	same "gone" 4 "$status"
	run -e "attach $pid"
	same "gone, in a script" 4 "$status"
	start_victim split
	sampling -e 'cpu -d 1h'
	end "$pid"
	wait "$capture"
	same "it ends during the capture" 4 $?
	contains "what was sampled" "kept as @1" "$(cat "$messages")"
}

topic_formats() {
	needs python3
	start_victim split
	for when in never always; do
		succeed -q --color=$when -p "$pid" doctor --json
		same "one object in one line" 1 "$(wc -l <<<"$out")"
		python3 -c 'import json, sys; assert type(json.loads(sys.argv[1])) is dict' "$out" ||
			fail "doctor --json" "$out"
		same "messages" "" "$err"
	done
}

topic_progress() {
	start_victim split
	start_shell -p "$pid"
	keys 'cpu -d 1h' Enter
	wait_for " samples, 0 lost, "
	matches "progress" '^[0-9.]+[a-z]*, [0-9.a-z]+ left: [0-9]+ samples, [0-9]+ lost, [0-9]+ threads; Ctrl-C ends it$' "$(screen)"
	terminal resize-window -t test -x 40 -y 10
	wait_for "samples"
	same "one row" 1 "$(screen | grep -c 'left: ')"
	terminal resize-window -t test -x 100 -y 40
	keys C-c
	wait_for "kept as @1"
	lacks "cleared" ' left: ' "$(screen | tail -5)"
	keys 'quit' Enter
	wait_for "status 0."
	for quiet in "-q" "--color=auto"; do
		new_terminal 100 40 "'$limpet' $quiet -p $pid cpu -d 1.5 2>messages; echo \"status \$?.\"; read -r line"
		wait_for "status 0."
		lacks "no terminal" ' left: ' "$(cat messages)"
	done
	new_terminal 100 40 "'$limpet' -q -p $pid cpu -d 1.5 >table; echo \"status \$?.\"; read -r line"
	wait_for "status 0."
	same "-q: nothing at all" "status 0." "$(screen | sed '/^$/d')"
	new_terminal 100 40 "TERM=dumb '$limpet' -p $pid cpu -d 1.5 >table; echo \"status \$?.\"; read -r line"
	wait_for "status 0."
	lacks "TERM=dumb" ' left: ' "$(screen)"
}

topic_streams() {
	local command
	start_redis
	for command in info threads doctor 'cpu -d 0.3' 'cpu -d 0.3 --wall' stacks 'heap status' 'heap threads' 'ctl arenas.narenas' \
		'ctl --list opt.' stats 'heap record -d 1'; do
		# shellcheck disable=SC2086
		"$limpet" -p "$pid" $command >data 2>/dev/null || fail "$command > data" "$?"
		[ -s data ] || fail "$command prints nothing on stdout"
		lacks "$command: messages are no data" '^(kept as|limpet: |[0-9]+ samples for )' "$(cat data)"
		# shellcheck disable=SC2086
		"$limpet" -q -p "$pid" $command >/dev/null 2>messages || fail "$command -q" "$?"
		same "$command -q: messages" "" "$(cat messages)"
	done
}

"topic_$topic"
finish
