# Sourced by lib.sh: limpet at work on the processes of a server, $pid and its descendants. $SEED makes its
# choices those of an earlier run.
seed=${SEED:-$((RANDOM * 32768 + RANDOM))}
RANDOM=$seed
captures=0 calls=0 refusals=0 kills=0

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
	await "limpet -p $1 cpu to end" is_gone "$companion"
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
