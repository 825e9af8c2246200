# Processes that limpet cannot attach to: what it says, what it advises, its status.
. "$(dirname "$0")/lib.sh"
needs setpriv

cp "$limpet" "$folder/limpet-of-others"
chmod 755 "$folder" "$folder/limpet-of-others"
tracer=$victims/tracer

refuse 4 "there is no process 4194303" \
	"list processes with \`ps -e\`, or let limpet find it by name: limpet -n NAME" -p 4194303 info
refuse 2 "'redis' is no process id" "-p takes the number of a process, or several: -p 1234,1240; -n takes a name" -p redis info
refuse 2 "'0' is no process id" "-p takes the number of a process, or several: -p 1234,1240; -n takes a name" -p 0 info
refuse 4 "no process is called 'no-such-program'" \
	"the name is that of the executable file, or what \`ps -e\` shows; \`pgrep -fa no-such-program\` searches whole command lines" \
	-n no-such-program info
refuse 2 "no process is attached" \
	"name one with -p PID or -n NAME, or in the shell with \`attach PID\`" cpu -d 1

twin=twin-$$
cp "$victims/plain" "$folder/$twin"
start "$folder/$twin"
first=$pid
succeed -n "$twin" info
contains "by name" "process      $first $twin" "$out"
start "$folder/$twin"
run -n "$twin" info
same "two of a name: status" 2 "$status"
same "two of a name: output" "" "$out"
matches "two of a name" "^limpet: 2 processes are called '$twin':" "$err"
for one in "$first" "$pid"; do
	matches "two of a name: each has its line" "^    $one  $folder/$twin *\$" "$err"
done
matches "two of a name: hint" "^  choose one by its number: limpet -p ($first|$pid), or take them all: limpet -n $twin --all\$" "$err"
end "$first" "$pid"
refuse 4 "there is no process $pid" \
	"list processes with \`ps -e\`, or let limpet find it by name: limpet -n NAME" -p "$pid" info

start_victim plain
traced=$pid
start "$tracer" "$traced"
refuse 4 "process $traced (plain) is already traced, by process $pid (tracer), and the kernel allows one tracer" \
	"end that debugger or tracer, or let it detach, and try again" -p "$traced" info
end "$pid"
succeed -p "$traced" info
if [ "$(id -u)" = 0 ]; then
	expect 4 "" "limpet: not permitted to attach to process $traced (plain): it belongs to user 0, limpet runs as user $nobody
  run limpet as user 0 or as root: sudo limpet -p $traced" \
		setpriv --reuid $nobody --regid $nobody --clear-groups "$folder/limpet-of-others" -p "$traced" info
else
	refuse 4 "not permitted to attach to process 1 ($(cat /proc/1/comm)): it belongs to user 0, limpet runs as user $(id -u)" \
		"run limpet as user 0 or as root: sudo limpet -p 1" -p 1 info
fi
end "$traced"

if [ "$(id -u)" = 0 ]; then
	cp "$victims/plain" "$folder/plain"
	start setpriv --reuid $nobody --regid $nobody --clear-groups "$folder/plain"
	setpriv --bounding-set -sys_ptrace "$limpet" -p "$pid" info >out 2>err
	same "root without the capability: status" 4 $?
	same "root without the capability: output" "" "$(cat out)"
	matches "root without the capability" \
		"^limpet: not permitted to attach to process $pid \\(plain\\): it belongs to user $nobody, limpet runs as user 0\$" \
		"$(cat err)"
	matches "root without the capability: hint" \
		"^  limpet runs as root, but (in a container )?without the capability CAP_SYS_PTRACE: .*--cap-add" \
		"$(cat err)"
	succeed -p "$pid" info
	contains "another user's process" "user         $nobody" "$out"
	end "$pid"
else
	omit "not root: no test of another user's process without CAP_SYS_PTRACE"
fi

kernel_thread=$(pgrep -P 2 2>/dev/null | head -n 1)
if [ -n "$kernel_thread" ]; then
	name=$(sed 's/^[0-9]* (\(.*\)) .*/\1/' "/proc/$kernel_thread/stat")
	name=${name:0:15}
	refuse 1 "process $kernel_thread ($name) is a kernel thread: it has no user stacks and no memory of its own" \
		"\`perf record -g -p $kernel_thread\` looks into the kernel" -p "$kernel_thread" info
else
	echo "skipped: no kernel thread is visible here"
fi

if [ "$(stat -L -c %i /proc/self/ns/pid)" = 4026531836 ]; then
	refuse 1 "process 1 ($(cat /proc/1/comm)) is the system's init, which limpet leaves alone: if it came to harm the machine would go down" \
		"attach to one of the services that it started: systemctl status" -p 1 info
else
	echo "skipped: PID 1 is not the system's init here: a container"
fi

start_victim zombie
zombie=$(sed -n 's/^zombie //p' "$output")
await "the zombie" has_state "$zombie" Z
refuse 4 "process $zombie (zombie) is a zombie: it has exited, and only its exit status is left" \
	"its parent, process $pid, has not waited for it; look there" -p "$zombie" info
end "$pid"

bash -c 'echo $$ >own; exec "$0" -p $$ info' "$limpet" >out 2>err
same "itself: status" 2 $?
same "itself: message" "limpet: process $(cat own) is this limpet itself, which cannot stop itself
  to look at one limpet, start another" "$(cat err)"

start_victim split 1
thread=$(awk '/^thread burner-1/ { print $3 }' "$output")
refuse 2 "$thread is a thread of process $pid, not a process" \
	"attach to the process: limpet -p $pid; single threads are chosen with -t $thread" -p "$thread" info
refuse 1 "no thread has the name or id 'burner-9'" "\`threads\` lists them" \
	-p "$pid" cpu -d 1 -t burner-9
finish
