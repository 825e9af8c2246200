# 4, 10, 12: a call into the process on a thread in each system call, and a death at each.
. "$(dirname "$0")/../lib.sh"

commands 'ctl stats.allocated'
start_victim every_wait
read -ra names <<<"$(ask list)"
end_victim
# The short form takes one in six, and others each time.
step=$((scale > 1 ? 1 : 6))
refused=()
for ((i = 1 + RANDOM % step; i < ${#names[@]}; i += step)); do
	start_victim every_wait period=150 timed=50 "${names[i]}"
	torture "${names[i]}" $((2 + scale)) -a -m nk -c $((2 + scale)) >shown
	[ "$failures" -eq "${before:-0}" ] || cat shown
	before=$failures
	! grep -q "limpet's exit status" lines || refused+=("${names[i]}")
	end_victim
done
echo "no call on: ${refused[*]-}"
conclude
