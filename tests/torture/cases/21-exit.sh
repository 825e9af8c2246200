# 21: the process ends while limpet works: at once, with its own status, and limpet soon after.
. "$(dirname "$0")/../lib.sh"

repeat 3 'ctl stats.allocated' 'cpu -d 0.01 -r 1000'
for ((i = 0; i < 12 * scale; i++)); do
	start_victim ends
	victim=$pid
	launch
	sleep "0.0$(printf %02d $((RANDOM % 60)))" # any instant will do
	tell exit
	ends_within 10 "$victim"
	wait "$victim"
	same "status of the target" 7 $?
	ends_within 30 "$process"
	exec {input}>&-
done
conclude
