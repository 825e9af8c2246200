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
end "$pid"

# diagnose STATUS ARGUMENT...: sets text; to the file found.
diagnose() {
	local expected=$1
	shift
	run "$@"
	same "exit status of: limpet $* ($err)" "$expected" "$status"
	same "messages of: limpet $*" "" "$err"
	text=$out
	run "$@" --json
	same "exit status of: limpet $* --json" "$expected" "$status"
	cp "$folder/.out" found
	same "works: limpet $*" "$([ "$expected" = 0 ] && echo true || echo false)" "$(jq .works found)"
}

# row CHECK STATE FOUND REMEDY: of one of the rows of that name; texts are patterns, remedy "" none.
row() {
	local rows
	rows=$(jq -r --arg check "$1" '.checks[] | select(.check == $check) | "\(.state)|\(.found)|\(.remedy // "")"' found)
	matches "$1" "^$2\\|.*$3.*\\|${4:+.*$4.*}\$" "$rows"
}

# no_row CHECK
no_row() {
	same "no row $1" "" "$(jq -r --arg check "$1" '.checks[] | select(.check == $check)' found)"
}

# Without a process.
diagnose 0 doctor
row kernel ok "Linux $(uname -r)" ""
row process ok "none is named" "doctor PID"
no_row tracing
matches "a row as text" "^ok +kernel +Linux $(uname -r)\$" "$text"
diagnose 1 -p 4194303 doctor
row process no "there is no process 4194303" "ps -e"
diagnose 1 doctor no-such-program
row process no "no process is called" "pgrep"
run doctor -- -5
same "no name of a process" 1 "$status"
same "a script is told by the exit status" 1 "$("$limpet" -e 'doctor 4194303 > f' -e 'show rate > g'; echo $?)"
same "and goes on" 99 "$(cat g)"

# By its number behind the command, without leaving the process that is attached.
start_victim deep
first=$pid
start_victim plain
diagnose 0 doctor "$pid"
row tracing ok permitted ""
row jemalloc no "none found, but glibc's malloc" LD_PRELOAD
succeed -p "$first" -e "doctor $pid > f" -e 'info --json'
same "still attached" "$first" "$(jq .pid <<<"$out")"
same "traces" "" "$(traces "$pid")"

# Traced by a debugger.
traced=$pid
start "$victims/tracer" "$traced"
diagnose 1 -p "$traced" doctor
row tracing no "is already traced, by process $pid" "end that debugger"
row tracer no "process $pid \\(tracer\\)" "kill -INT $pid"
contains "the remedy as text" "remedy: end that debugger or tracer" "$text"
end "$pid" "$traced" "$first"

# The profiler of its jemalloc: switched off at start, on, and not asked.
start env LD_PRELOAD=libjemalloc.so.2 "$victims/plain"
diagnose 0 -p "$pid" doctor
row profiler no "opt.prof is false" "MALLOC_CONF=prof:true,prof_active:false"
end "$pid"
start env LD_PRELOAD=libjemalloc.so.2 MALLOC_CONF="$profiled,prof_gdump:true" "$victims/plain"
diagnose 0 -p "$pid" doctor
row profiler ok "jemalloc 5.*ready and off" "heap record"
row "own dumps" warn "at each new peak" "heap gdump off"
diagnose 0 -p "$pid" doctor --no-calls
row profiler unknown "not asked" "heap status"
same "nothing is left" "" "$(traces "$pid")"
end "$pid"

# A stripped program.
cp "$victims/plain" "$folder/bare"
strip "$folder/bare"
start "$folder/bare"
diagnose 0 -p "$pid" doctor
row symbols warn "$folder/bare is stripped" "debug_dir|set symbols"
end "$pid"

# Limpet under a filter that refuses ptrace, as those of containers do.
start_victim plain
if grep -q '^Seccomp:[[:space:]]*0' /proc/self/status; then
	"$victims/confine" "$limpet" -p "$pid" doctor --json >found 2>err
	same "confined: status" 1 $?
	row seccomp no "refuse ptrace and process_vm_readv" "seccomp=unconfined|SystemCallFilter"
fi

if [ "$(id -u)" != 0 ]; then
	omit "not root: no test of other users and namespaces"
	finish
fi

# Another user's process, one that is closed to its own user, and a name that doctor itself finds.
cp "$limpet" "$folder/limpet-of-others"
cp "$victims/closed" "$folder/closed"
chmod 755 "$folder" "$folder/limpet-of-others" "$folder/closed"
others() {
	setpriv --reuid $nobody --regid $nobody --clear-groups "$@"
}
others "$folder/limpet-of-others" -p "$pid" doctor --json >found 2>err
same "another user's: status" 1 $?
row rights warn "user $nobody without CAP_SYS_PTRACE" "setcap"
row tracing no "it belongs to user 0, limpet runs as user $nobody" "sudo limpet -p $pid"
row process ok "$pid \\(plain\\) of user 0" ""
end "$pid"
start setpriv --reuid $nobody --regid $nobody --clear-groups "$folder/closed"
others "$folder/limpet-of-others" -p "$pid" doctor --json >found 2>err
same "closed: status" 1 $?
row tracing no "closed itself|Yama" "sudo limpet -p"
diagnose 0 -p "$pid" doctor
end "$pid"

# Namespaces: the process has its own; limpet has its own and does not see the process.
if unshare --pid --mount --fork --mount-proc true 2>/dev/null; then
	start_victim plain
	unshare --pid --mount --fork --mount-proc "$limpet" -p "$pid" doctor --json >found 2>err
	same "a PID namespace of limpet's: status" 1 $?
	row container warn "the processes of that alone" "pid=container|nsenter|kubectl"
	row process no "there is no process $pid" "row container"
	end "$pid"
	start unshare --pid --mount --fork --mount-proc "$victims/plain"
	inner=$(children "$pid")
	diagnose 0 -p "${inner% }" doctor
	row namespaces ok "numbers processes by itself: its files are opened by way of /proc" ""
	end "$pid"
else
	omit "namespaces cannot be made here"
fi
finish
