# 4, 10, 12: on a thread in each system call: calls, captures, and a death at each. The long form has a
# thousand of each for every system call; the short one a few for every sixth, and others each time. A
# busy machine is late by itself: a second victim, left alone, tells how often.
. "$(dirname "$0")/../lib.sh"

each=${TORTURE_EACH:-$((scale > 1 ? 1000 : 10))}
step=$((scale > 1 ? 1 : 10))
batch=$((each < 50 ? each : 50))
# What stands in the way of a call every time, not just when limpet looked.
refusals='survive it|that would start over|uninterruptible'

# judge: $refusal is what stood in the way of the last call of the runs, if that is of the system call.
judge() {
	refusal=$(why_not)
	grep -Eq "$refusals" <<<"$refusal" || refusal=
}

# reach COUNTER RUN: limpet is left alone until it has so many more, of which one run brings about RUN;
# or until a call is refused.
reach() {
	local before tries got=0
	before=$(tallied "$1")
	for ((tries = 0; tries < 50 && got < each && failures == 0; tries++)); do
		[ "$1" != calls ] || judge
		[ "$1" != calls ] || [ -z "$refusal" ] || return 0
		torture "$name, $1" $(((each - got + $2 - 1) / $2)) -a -m n
		got=$(($(tallied "$1") - before))
	done
	[ $got -ge "$each" ] || fail "$name: $got $1, not $each"
	echo "$name: $got $1 in $tries rounds"
}

# why_not: what the last error says of the thread.
why_not() {
	sed -n "s/^ *thread [0-9]* ($name): //p" "$said" | tail -n 1
}

count_early() {
	early=$((early + $(grep -c '^EARLY' "$output")))
}

count_late() {
	ask check | sed 's/.* late=\([0-9]*\) .*/\1/'
}

call_upon() {
	local control
	start_victim every_wait period=5 timed=50 "$name"
	control=("$pid" "$input" "$output")
	start_victim every_wait period=5 timed=50 "$name"
	commands 'set calls borrowed' 'ctl epoch' 'ctl epoch'
	torture "$name, a few calls" 0 -a -m n
	judge
	if [ -z "$refusal" ]; then
		repeat "$batch" 'set calls borrowed' 'ctl epoch'
		reach calls "$batch"
		late=$(count_late)
	fi
	count_early
	end_victim
	pid=${control[0]} input=${control[1]} output=${control[2]}
	[ -n "$refusal" ] || late+=" (left alone $(count_late))"
	end_victim
}

capture() {
	start_victim every_wait period=2 timed=3 "$name"
	commands "cpu -d $((each < 50 ? 1 : 4)) -r 5000 -t $name"
	reach stops "$batch"
	count_early
	end_victim
}

kill_at() {
	local call=('set calls borrowed' 'ctl epoch')
	[ -z "$refusal" ] || call=()
	start_victim every_wait period=10 timed=50 "$name"
	commands "cpu -d 0.01 -r 5000 -t $name" "${call[@]}" 'cpu -d 0.01 -r 5000'
	torture "$name, killed" $((4 * each / 10)) -a -k $((each / 10)) -c $((each / 10))
	end_victim
}

# torment NAME
torment() {
	name=$1 refusal='' late=- early=0
	call_upon
	capture
	kill_at
	remark "$name: calls $(tallied calls), stops $(tallied stops), kills $(tallied kills), EINTRs \
$(tallied EINTRs), early $early, late $late${refusal:+; no call: $refusal}"
}

# TORTURE_WAITS: these of them only.
start_victim every_wait
read -ra names <<<"$(ask list)"
end_victim
chosen=()
for ((i = 1 + RANDOM % step; i < ${#names[@]}; i += step)); do
	chosen+=("${names[i]}")
done
[ -z "${TORTURE_WAITS-}" ] || read -ra chosen <<<"$TORTURE_WAITS"
side_by_side 3 torment "${chosen[@]}"
conclude
