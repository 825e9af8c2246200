# 20: another thread replaces the program before, during and after the work.
. "$(dirname "$0")/../lib.sh"

repeat 3 'ctl stats.allocated' 'cpu -d 0.01 -r 1000'
is_ready_again() {
	[ "$(grep -c '^ready' "$output")" -gt "$1" ] || is_gone "$pid"
}
start_victim ends
for ((i = 0; i < 15 * scale; i++)); do
	launch
	sleep "0.0$(printf %02d $((RANDOM % 60)))" # any instant will do
	tell exec
	[ $((i % 3)) != 0 ] || strike
	await "the new program" is_ready_again $((i + 1))
	ends_within 30 "$process"
	lives "exec" || conclude
	check_victim "after exec"
done
same "tracer" 0 "$(tracer_of "$pid")"
end_victim
conclude
