# Sourced by the tests of real servers under load: $4 is for how many seconds limpet is at work on them,
# $SEED makes its choices those of an earlier run.
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
. "$here/../../live/lib.sh"
name=$(basename "$0" .sh)
duration=$4
seed=${SEED:-$((RANDOM * 32768 + RANDOM))}
RANDOM=$seed

# Whether it fails that a limpet which was killed left memory or a thread behind.
leftovers_fail=${LEFTOVERS_FAIL-true}

captures=0 calls=0 refusals=0 kills=0
requests=0 client_errors=0 log_errors=0 leftovers=0
server_exit='not seen'
bodies=24 # the HTTP servers answer /sum/1 to this
# For servers that come without one.
jemalloc=(env LD_PRELOAD=libjemalloc.so.2 MALLOC_CONF="$profiled")

# Reasons for which limpet may leave a process alone, and those which only the end of a process explains.
reasons='no thread of process [0-9]+ can be borrowed for a call without risk'
reasons+='|restricts its system calls with seccomp'
ends='there is no process [0-9]+$'
ends+='|process [0-9]+ (\([^)]*\) )?(is gone|is a zombie|has ended)'
ends+='|process [0-9]+ [^ ]+ ended during the capture'
ends+='|thread [0-9]+ (\([^)]*\), which made the call, )?is gone'
# What limpet makes of a process whose memory has gone by the time it looks.
ends+='|there is no jemalloc in process|the code of process [0-9]+ has no|no free address range in the process'
ends+='|process [0-9]+ did not get |cannot read [0-9]+ bytes at 0x[0-9a-f]+ of process'
ends+='|cannot open /proc/[0-9]+/mem: No such process'
has_jemalloc=true

cat >session <<'SCRIPT'
heap on
cpu -d 0.1 -r 999
ctl stats.allocated
heap dump
threads
stats
heap off
SCRIPT
for ((i = 0; i < 20; i++)); do
	printf 'ctl stats.allocated\nstats\n'
done >storm
actions=('cpu -d 0.2 -r 999' 'ctl stats.allocated' stats 'heap on' 'heap dump' 'heap off' threads info
	'-k -x session' '-x storm')
! "$limpet" help cpu | grep -q -- --wall || actions+=('cpu --wall -d 0.2 -r 999')

clean_up() {
	[ -z "${pid-}" ] || kill -KILL $(family "$pid") 2>/dev/null
	kill -KILL "${processes[@]}" 2>/dev/null
	wait 2>/dev/null
	rm -rf "$folder"
}

# family PID: the process and all that descend from it.
family() {
	local child
	echo "$1"
	for child in $(cat /proc/"$1"/task/*/children 2>/dev/null); do
		family "$child"
	done
}

# launch COMMAND...: a server, in a process group of its own; sets pid and server_log. The group dies with
# this shell, also when the server's own processes would outlive their parent.
launch() {
	background setsid "$@"
	pid=$process
	server_log=$output
	server_messages=$messages
	setpriv --pdeathsig TERM bash -c 'trap "kill -KILL -- -$1" TERM; tail --pid="$1" -f /dev/null & wait' \
		guard "$pid" &
	processes+=("$!")
}

# launch_on_port ANSWERS COMMAND...: with PORT in the words replaced. A port is free if this server gets it.
launch_on_port() {
	local answers=$1
	shift
	for port in $(shuf -i 20000-32000 -n 10); do
		launch "${@//PORT/$port}"
		await "$name to answer" answers_or_gone "$answers"
		is_gone "$pid" || return 0
	done
	give_up "$name does not start" "$(cat "$server_log" "$server_messages")"
}

answers_or_gone() {
	is_gone "$pid" || "$1"
}

# launch_ready COMMAND...: one of the servers of this folder, which choose their port and say "ready PORT".
launch_ready() {
	launch "$@"
	await "$name to be ready" grep -q '^ready' "$server_log"
	port=$(sed -n 's/^ready //p' "$server_log")
}

# As unprivileged a user as there is, for what refuses to run as root.
unprivileged=()
[ "$(id -u)" != 0 ] || unprivileged=(setpriv --reuid $nobody --regid $nobody --clear-groups --)

# load_http SECONDS [HEADER]: wrk asks, and compares every byte of every answer.
load_http() {
	setpriv --pdeathsig KILL wrk -t 2 -c 16 -d "${1}s" --timeout 60s -s "$here/check.lua" ${2+-H "$2"} \
		"http://127.0.0.1:$port" -- $bodies 2>&1 || echo "errors 1 wrk's status is $?"
}

# count_http FILE: adds what load_http found.
count_http() {
	local answers errors
	answers=$(awk '$1 == "answers" { sum += $2 } END { print sum + 0 }' "$1")
	errors=$(awk '$1 == "errors" { for (i = 2; i <= NF; i++) sum += $i } END { print sum + 0 }' "$1")
	requests=$((requests + answers))
	client_errors=$((client_errors + errors))
	[ "$errors" = 0 ] || grep -E '^(errors|wrong)' "$1" | head -20
}

# areas_of PID: mappings without a file or name that are the memory which limpet uses for calls, of 576 or
# 320 KiB, in one piece or after its first page was made executable.
areas_of() {
	local from to permissions code=0 areas=0
	while read -r from to permissions; do
		from=$((0x$from)) to=$((0x$to))
		case $permissions:$((to - from)) in
		rw-p:$((0x90000)) | rw-p:$((0x50000))) areas=$((areas + 1)) ;;
		rw-p:$((0x8f000)) | rw-p:$((0x4f000))) [ $code != $from ] || areas=$((areas + 1)) ;;
		r-xp:$((0x1000))) code=$to ;;
		esac
	done < <(awk 'NF == 5 { sub("-", " ", $1); print $1, $2 }' "/proc/$1/maps" 2>/dev/null)
	echo $areas
}

# settle COMMAND...: whether it comes to succeed, in the time that the thread of a limpet that was killed has to
# leave by itself, and that busy servers take to get back to where they wait.
settle() {
	local tries
	for ((tries = 0; tries < 250; tries++)); do
		! "$@" || return 0
		sleep 0.02
	done
	return 1
}

leaves_nothing() {
	leftovers=$(($(count_leftovers) - leftovers_before))
	[ $leftovers -le 0 ]
}

# What limpet left in the server's processes: its memory for calls, and whatever bears its name.
count_leftovers() {
	local process found=0
	for process in $(family "$pid"); do
		found=$((found + $(areas_of "$process") + $(named_limpet "$process")))
	done
	echo $found
}

named_limpet() {
	{
		grep -i limpet "/proc/$1/maps"
		cat /proc/"$1"/task/*/comm | grep -i limpet
		find "/proc/$1/fd" -lname '*limpet*'
	} 2>/dev/null | wc -l
}

# not_held: no thread of any process of the server has a tracer or is stopped.
not_held() {
	local process
	for process in $(family "$pid"); do
		! grep -hq '^TracerPid:.*[1-9]' /proc/"$process"/task/*/status 2>/dev/null || return 1
		! cat /proc/"$process"/task/*/stat 2>/dev/null | sed 's/.*) //' | grep -q '^[Tt]' || return 1
	done
}

# What may not differ after all. The C library catches signal 33 from a process's first thread on.
signals_of() {
	sed -n 's/^SigCgt:.*\(........\)$/caught, up to 32: \1/p; /^Sig\(Blk\|Ign\)/p' "/proc/$1/status"
}

has_its_signals() {
	[ "$(signals_of "$pid")" = "$signals_before" ]
}

descriptors() {
	ls "/proc/$pid/fd" | wc -l
}

# A few may come with the first load, and stay; the clients' are to go.
has_its_descriptors() {
	[ "$(descriptors)" -le $((descriptors_before + 4)) ]
}

figures() {
	echo "tasks $(cat "/proc/$pid"/task/*/comm | grep -vc jemalloc_bg)," \
		"descriptors $(descriptors), mappings $(wc -l <"/proc/$pid/maps")"
}

# strike PROCESS: SIGKILL for limpet, for the process in which it traces, or for both, after its life time.
strike() {
	local limpets=("$1") tracers
	sleep "$(printf '0.%03d' $((RANDOM % (20 << RANDOM % 5))))"
	tracers=$(children "$1")
	case $((RANDOM % 3)) in
	0) limpets=(${tracers:-$1}) ;;
	1) limpets+=($tracers) ;;
	esac
	! kill -KILL "${limpets[@]}" 2>/dev/null || kills=$((kills + 1))
	struck=true
}

has_ended() {
	case $(state_of "$1") in
	'' | [ZX]) ;;
	*) false ;;
	esac
}

# accepted SUBJECT: what limpet may say of this process.
accepted() {
	printf '%s' "$reasons"
	if has_ended "$1"; then
		printf '|%s' "$ends"
	elif ! $has_jemalloc; then
		printf '|there is no jemalloc in process'
	fi
}

# judge ACTION STATUS SUBJECT: what a limpet did that has ended.
judge() {
	local errors unknown
	! grep -Eq 'Sanitizer|runtime error' messages || fail "limpet $1" "$(cat messages)"
	errors=$(grep -E '^(limpet|[a-z]+:[0-9]+): ' messages)
	unknown=$(grep -Ev "$(accepted "$3")" <<<"$errors")
	if [ "$unknown" ]; then
		fail "limpet -p $3 $1 (state '$(state_of "$3")')" "$(cat messages)"
	elif [ "$errors" ]; then
		refusals=$((refusals + $(wc -l <<<"$errors")))
		printf '%s\n' "$errors" >>refused
	fi
	case $2 in
	0) ;;
	137) $struck || fail "limpet -p $3 $1" "somebody else killed it" ;;
	*) [ "$errors" ] || fail "limpet -p $3 $1" "status $2 without a reason" "$(cat messages)" ;;
	esac
	captures=$((captures + $(grep -c '^Type: cpu' printed)))
	calls=$((calls + $(grep -Ec '^(stats.allocated |Type: inuse_space|the heap profiler is o)' printed)))
}

# accompany SUBJECT: in one of four cases, another limpet at the same time.
accompany() {
	companion=
	((RANDOM % 4 == 0)) || return 0
	setpriv --pdeathsig KILL "$limpet" -q -p "$1" cpu -d 0.3 -r 499 >printed_beside 2>messages_beside &
	companion=$!
}

end_companion() {
	local status
	[ "$companion" ] || return 0
	wait "$companion"
	status=$?
	mv printed_beside printed
	mv messages_beside messages
	struck=false
	judge 'cpu, beside another limpet' $status "$1"
}

torment_once() {
	local action=${actions[RANDOM % ${#actions[@]}]} subjects subject limpet_process companion
	mapfile -t subjects < <(family "$pid")
	subject=${subjects[RANDOM % ${#subjects[@]}]}
	struck=false
	accompany "$subject"
	setpriv --pdeathsig KILL "$limpet" -q -p "$subject" $action >printed 2>messages &
	limpet_process=$!
	((RANDOM % 3)) || strike $limpet_process
	await "limpet -p $subject $action to end" is_gone $limpet_process
	wait $limpet_process
	judge "$action" $? "$subject"
	end_companion "$subject"
}

# torment: limpet at work on all processes of the server, as long as it was told, at random.
torment() {
	local end=$((SECONDS + duration))
	printf 'seed %d\n' "$seed"
	while ((SECONDS < end)) && ! is_gone "$pid"; do
		torment_once
	done 2>notices # in which the shell tells of each limpet that was killed
	grep -v ' Killed  ' notices
	await "nobody to hold $name" not_held
	[ ! -e refused ] || sed 's/^[a-z]*:[0-9]*: //; s/^limpet: //; s/[0-9]\{2,\}/N/g; s/([^)]*)/(NAME)/' refused |
		sort | uniq -c | sort -rn
}

# end_load PROCESS...: the clients, which end by themselves unless the server keeps them waiting.
end_load() {
	local client
	for client; do
		await "the clients of $name to end" is_gone "$client"
	done
}

# How long a process that wants little has to wait for a CPU: what clients and servers suffer on a machine that
# is busy with something else is not limpet's doing.
watch_machine() {
	local before late longest=0
	mkfifo pause
	exec {pause}<>pause
	echo 0 >longest_wait
	until is_gone $$; do
		before=${EPOCHREALTIME/./}
		read -r -t 0.05 -u "$pause"
		late=$(((${EPOCHREALTIME/./} - before) / 1000 - 50))
		[ $late -le $longest ] || longest=$late
		echo $longest >longest_wait
	done
}

# prepare: what the server was before.
prepare() {
	signals_before=$(signals_of "$pid")
	descriptors_before=$(descriptors)
	figures_before=$(figures)
	leftovers_before=$(count_leftovers)
	log_lines=$(cat "$server_log" | wc -l)
	message_lines=$(cat "$server_messages" | wc -l)
	watch_machine &
	processes+=("$!")
}

# inspect: what it is afterwards, while it still runs.
inspect() {
	if is_gone "$pid"; then
		fail "$name is gone" "$(tail -n 20 "$server_log" "$server_messages")"
		return
	fi
	settle leaves_nothing
	settle has_its_signals || same "signals of $name" "$signals_before" "$(signals_of "$pid")"
	settle has_its_descriptors || between "descriptors" 0 $((descriptors_before + 4)) "$(descriptors)"
	printf 'a bystander waited for %s ms at most\n' "$(cat longest_wait)"
	printf 'before: %s\nafter:  %s\n' "$figures_before" "$(figures)"
}

# stop_server SIGNAL STATUS: in its ordinary way, with its ordinary status.
stop_server() {
	local status
	kill -"$1" "$pid" 2>/dev/null
	await "$name to end" is_gone "$pid"
	wait "$pid" 2>/dev/null
	status=$?
	server_exit="status $status instead of $2"
	[ $status != "$2" ] || server_exit=ok
	same "$name's exit" ok "$server_exit"
}

# search_log PATTERN [LEGITIMATE]: counts the lines since prepare that speak of errors.
search_log() {
	local found
	found=$({
		tail -n +$((log_lines + 1)) "$server_log"
		tail -n +$((message_lines + 1)) "$server_messages"
	} | grep -Ei -- "$1" | grep -Ev -- "${2:-^$}")
	[ -z "$found" ] || log_errors=$(wc -l <<<"$found")
	[ -z "$found" ] || head -n 20 <<<"$found"
}

# report: the line of the table, and what is wrong.
report() {
	printf 'server %s: %d s, captures %d, calls %d, refusals %d, kills %d, client requests %d, ' \
		"$name" "$duration" $captures $calls $refusals $kills "$requests"
	printf 'client errors %d, log errors %d, leftovers %d, exit %s\n' \
		"$client_errors" $log_errors $leftovers "$server_exit"
	same "client errors" 0 "$client_errors"
	same "log errors" 0 $log_errors
	! $leftovers_fail || same "leftovers" 0 $leftovers
	[ "$requests" -gt 0 ] || fail "the client asked for nothing"
	[ $((captures + calls)) -gt 0 ] || fail "limpet did nothing"
	finish
}
