# Requests that cannot be met: what limpet says, what it advises, its status. Targets stay as they are.
. "$(dirname "$0")/lib.sh"
needs setpriv

# no_jemalloc COMMAND...
no_jemalloc() {
	refuse 1 "there is no jemalloc in process $pid (plain): no module has the functions mallctl, mallctlbymib and mallctlnametomib, with or without a prefix, nor code that looks like theirs" \
		"start it with LD_PRELOAD=libjemalloc.so.2 (Debian: libjemalloc2), or link one. \`cpu\` works without" \
		-p "$pid" "$@"
}

# not_at_start VARIABLE: the profiler was not switched on when the process started.
not_at_start() {
	local path
	path=$("$limpet" -p "$pid" info | sed -n 's/^jemalloc  *\(.*\), \(no \)\?prefix.*/\1/p')
	for action in on off reset "rate 19" dump; do
		refuse 1 "the heap profiler of the jemalloc in $path was not switched on when the process started (opt.prof is false), and cannot be since" \
			"start the process with $1=prof:true,prof_active:false in its environment; it costs next to nothing until \`heap on\`" \
			-p "$pid" heap $action
	done
	succeed -p "$pid" heap status
	contains "$1: heap status" "built in     yes
at start     switched off" "$out"
	contains "$1: heap status" "$1=prof:true,prof_active:false" "$err"
	succeed -p "$pid" ctl stats.allocated
}

start_victim plain
no_jemalloc heap status
no_jemalloc heap on
no_jemalloc heap dump
no_jemalloc ctl stats.allocated
no_jemalloc stats

# A file that cannot be written is found out before the capture begins, which would take an hour.
refuse 1 "cannot write 'missing/cpu.pb.gz': No such file or directory" "" \
	-p "$pid" cpu -d 1h -o missing/cpu.pb.gz
mkdir folder.svg
refuse 1 "cannot write 'folder.svg': Is a directory" "" -p "$pid" cpu -d 1h -o folder.svg
run -p "$pid" cpu -d 1h -o cpu.png
same "a format that is none: status" 2 "$status"
matches "a format that is none" "^limpet: .*cpu\\.png" "$err"
[ "$(id -u)" != 0 ] || {
	mkdir -m 755 "$folder/locked"
	chmod 755 "$folder"
	cp "$limpet" "$folder/limpet-of-others"
	cp "$victims/plain" "$folder/plain"
	start setpriv --reuid $nobody --regid $nobody --clear-groups "$folder/plain"
	expect 1 "" "limpet: cannot write '$folder/locked/cpu.svg': Permission denied" \
		setpriv --reuid $nobody --regid $nobody --clear-groups "$folder/limpet-of-others" \
		-p "$pid" cpu -d 1h -o "$folder/locked/cpu.svg"
	end "$pid"
}

start_victim heap500
not_at_start MALLOC_CONF
refuse 1 "there is no mallctl name 'stats.alocated'" "did you mean stats.allocated?" \
	-p "$pid" ctl stats.alocated
run -p "$pid" ctl no.such.name
same "a name like none: status" 1 "$status"
matches "a name like none" "^limpet: there is no mallctl name 'no\\.such\\.name'\$" "$err"
refuse 2 "'maybe' is not what prof.active takes" "it takes true or false" -p "$pid" ctl prof.active maybe
refuse 2 "'-1' is not what prof.reset takes" "it takes a whole number" -p "$pid" ctl prof.reset -- -1
refuse 2 "stats.allocated can only be read" "leave out the value: ctl stats.allocated" \
	-p "$pid" ctl stats.allocated 5
refuse 2 "opt.prof can only be read" "leave out the value: ctl opt.prof" -p "$pid" ctl opt.prof true
run -p "$pid" ctl arena.0.reset
same "what frees live memory: status" 2 "$status"
matches "what frees live memory" '^limpet: limpet does not call arena\.0\.reset: ' "$err"
end "$pid"

if have_rust; then
	start_rust rust-profiling-demo
	not_at_start MALLOC_CONF
	end "$pid"
	start_rust rust-profiling-demo-prefixed
	not_at_start _RJEM_MALLOC_CONF
	end "$pid"
else
	omit "the Rust programs were not built"
fi
echo "not here: a jemalloc without its heap profiler, which the unit tests have"

# bad_file FILE PATTERN: each command that reads profiles refuses it, and names it.
bad_file() {
	local command
	for command in "load $1" "top $1" "convert $1 -o made.svg" "flame $1 -o made.svg"; do
		run $command
		same "$command: status ($err)" 1 "$status"
		same "$command: output" "" "$out"
		matches "$command" "^limpet: .*'$1'.*$2" "$err"
		[ ! -e made.svg ] || fail "$command left made.svg"
	done
}

: >empty.heap
head -c 4096 /dev/urandom >random.pb.gz
echo "just some text" >text.heap
dump=$(find "$data/heap" -name '*.heap' -size +0 | sort | head -n 1)
head -c 60 "$dump" >cut.heap
start_victim split
succeed -p "$pid" cpu -d 0.3 -o good.pb.gz
head -c $(($(stat -c %s good.pb.gz) / 2)) good.pb.gz >cut.pb.gz
for file in empty.heap random.pb.gz text.heap cut.heap cut.pb.gz; do
	bad_file $file ""
	printf '%s: %s\n' $file "$(head -n 1 <<<"$err")"
done
bad_file missing.pb.gz "No such file or directory"

# Suspended, as by Ctrl-Z: what can be done is done, and it stays suspended.
kill -STOP "$pid"
await "split to be stopped" has_state "$pid" T
succeed -p "$pid" cpu -d 0.5 -r 500
matches "suspended" '^[0-9]+ samples for ' "$err"
same "suspended: state" T "$(state_of "$pid")"
kill -CONT "$pid"
end "$pid"

start env MALLOC_CONF="$profiled" "$victims/heap500" 1
kill -STOP "$pid"
await "heap500 to be stopped" has_state "$pid" T
for command in "ctl stats.allocated" stats "heap dump"; do
	run -p "$pid" $command
	same "suspended: status of $command ($err)" 1 "$status"
	matches "suspended: $command" "^limpet: no thread of process $pid can be borrowed for a call without risk:" "$err"
	matches "suspended: $command" "^    thread $pid \(heap500\): suspended or traced\$" "$err"
	same "suspended: state after $command" T "$(state_of "$pid")"
done
kill -CONT "$pid"
succeed -p "$pid" ctl stats.allocated
finish
