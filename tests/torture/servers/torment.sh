# Sourced by lib.sh: limpet at work on the processes of a server, $pid and its descendants. $SEED makes its
# choices those of an earlier run.
seed=${SEED:-$((RANDOM * 32768 + RANDOM))}
RANDOM=$seed
captures=0 calls=0 refusals=0 kills=0
limpets=() # that run

# Reasons for which limpet may leave a process alone.
reasons='no thread of process [0-9]+ can be borrowed for a call without risk'
reasons+='|may not make the system call|might not be permitted'
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
	local struck_ones=("$1") tracers
	sleep "$(printf '0.%03d' $((RANDOM % (20 << RANDOM % 5))))"
	tracers=$(children "$1")
	case $((RANDOM % 3)) in
	0) struck_ones=(${tracers:-$1}) ;;
	1) struck_ones+=($tracers) ;;
	esac
	! kill -KILL "${struck_ones[@]}" 2>/dev/null || kills=$((kills + 1))
	struck=true
}

has_ended() {
	case $(state_of "$1") in
	'' | [ZX]) ;;
	*) false ;;
	esac
}

# accepted SUBJECT: what limpet may say of this process. In one that has ended meanwhile, nothing is as it was.
accepted() {
	if has_ended "$1"; then
		printf .
	elif $has_jemalloc; then
		printf '%s' "$reasons"
	else
		printf '%s|there is no jemalloc in process' "$reasons"
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

# start_limpet FILE ARGUMENT...: in the background, what it says to printed.FILE and messages.FILE. One that is to
# be killed does not look for leaks: the process in which it does that must not be killed, or it waits for ever.
start_limpet() {
	local file=$1 leaks=1
	shift
	! $strikes || leaks=0
	ASAN_OPTIONS=detect_leaks=$leaks setpriv --pdeathsig KILL "$limpet" -q -p "$subject" "$@" \
		>"printed.$file" 2>"messages.$file" &
	limpets+=("$!")
}

# end_limpet FILE ACTION: the one that was started last.
end_limpet() {
	local process=${limpets[-1]} status
	await "limpet -p $subject $2 to end" is_gone "$process"
	wait "$process"
	status=$?
	unset 'limpets[-1]'
	mv "printed.$1" printed
	mv "messages.$1" messages
	judge "$2" $status "$subject"
}

# torment_once IS_FIRST: in one of three cases it is killed, in one of four there is another limpet at the same
# time.
torment_once() {
	local first=$1 action=${actions[RANDOM % ${#actions[@]}]} strikes=false accompanied=false struck=false
	local subjects subject
	mapfile -t subjects < <(family "$pid")
	subject=${subjects[RANDOM % ${#subjects[@]}]}
	# Its children may live too short for anything.
	if $first; then
		subject=$pid action='cpu -d 0.2 -r 999'
		! $has_jemalloc || action='ctl stats.allocated'
	fi
	if ((RANDOM % 4 == 0)); then
		accompanied=true
		start_limpet beside cpu -d 0.3 -r 499
	fi
	$first || ((RANDOM % 3)) || strikes=true
	start_limpet main $action
	! $strikes || strike "${limpets[-1]}"
	end_limpet main "$action"
	struck=false
	! $accompanied || end_limpet beside 'cpu, beside another'
}

# torment: limpet at work on all processes of the server, as long as it was told, at random.
torment() {
	local end=$((SECONDS + duration)) first=true
	printf 'seed %d\n' "$seed"
	while ((SECONDS < end)) && ! is_gone "$pid"; do
		torment_once $first
		first=false
	done 2>notices # in which the shell tells of each limpet that was killed
	grep -v ' Killed  ' notices
	await "nobody to hold $name" not_held
	[ ! -e refused ] || sed 's/^[a-z]*:[0-9]*: //; s/^limpet: //; s/[0-9]\{2,\}/N/g; s/([^)]*)/(NAME)/' refused |
		sort | uniq -c | sort -rn
}
