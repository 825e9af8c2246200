# 18, 19: a vfork parent cannot be stopped, its child has its memory: limpet gives up in time.
. "$(dirname "$0")/../lib.sh"

commands 'ctl stats.allocated' 'cpu -d 0.05 -r 1000'
start_victim forker vfork slow
torture "parent" $((10 * scale)) -a -q -m nk -c 10
for ((i = 0; i < 3 * scale; i++)); do
	child=$(ask child)
	launch "${child#child }"
	ends_within 20 "$process"
done
lives "child" && check_victim "child"
end_victim
conclude
