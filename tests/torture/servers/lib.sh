# Sourced by the tests of real servers under load; $4 is for how many seconds limpet is at work on them.
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
. "$here/../../live/lib.sh"
name=$(basename "$0" .sh)
duration=$4
. "$here/torment.sh"

# Whether it fails that a limpet which was killed left memory or a thread behind.
leftovers_fail=${LEFTOVERS_FAIL-true}

requests=0 client_errors=0 log_errors=0 leftovers=0
server_exit='not seen'
bodies=24 # the HTTP servers answer /sum/1 to this
# For servers that come without one.
jemalloc=(env LD_PRELOAD=libjemalloc.so.2 MALLOC_CONF="$profiled")

clean_up() {
	[ -z "${pid-}" ] || kill -KILL $(family "$pid") 2>/dev/null
	kill -KILL "${processes[@]}" "${limpets[@]}" 2>/dev/null
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
