# 1: limpet is killed ten thousand times during calls and captures, a hundred thousand times in the long
# form, as users have it: not with the sanitizers.
. "$(dirname "$0")/../lib.sh"

limpet=$plain
goal=${TORTURE_KILLS:-$((10000 * many))}
light=(period=2 timed=3 read-eventfd recv poll epoll_wait futex nanosleep-timed)
script_of() {
	case $1 in
	own) repeat 5 'ctl stats.allocated' ;;
	borrowed) repeat 8 'set calls borrowed' 'ctl epoch' ;;
	captures) repeat 5 'cpu -d 0.004 -r 5000' ;;
	mixed) repeat 3 'ctl stats.allocated' 'cpu -d 0.002 -r 5000' 'ctl epoch 1' ;;
	heap) repeat 2 'set calls own' 'heap on' 'heap dump -o dump.pb.gz' 'heap off' ;;
	esac
}

start_victim_of() {
	case $1 in
	waiting) start_victim limits none ;;
	light) start_victim every_wait "${light[@]}" ;;
	all) start_victim every_wait period=100 timed=50 ;;
	heap) MALLOC_CONF=$profiled start_victim heap500 ;;
	checker) start_victim checker ;;
	esac
}

# kill_often VICTIM:PERCENT:SCRIPT[:MODES]: without modes any of limpet's processes may be hit.
kill_often() {
	local victim percent script_name modes kills
	IFS=: read -r victim percent script_name modes <<<"$1"
	kills=$((goal * percent / 100))
	script_of "$script_name"
	start_victim_of "$victim"
	torture "$victim, $script_name${modes:+, $modes}" $((4 * kills)) -a -k $kills -c 500 -m "${modes:-k}"
	end_victim
}

# Both ways can be gone, whichever compiler made this program.
start_victim checker
for way in own borrowed; do
	succeed -p "$pid" -e "set calls $way" -e 'ctl version'
done
end_victim

side_by_side 3 kill_often checker:1:mixed all:2:borrowed heap:8:heap light:12:mixed waiting:6:own \
	light:6:own light:26:captures:l light:15:borrowed light:8:captures waiting:16:borrowed
[ "$(tallied kills)" -ge "$goal" ] || fail "killed $(tallied kills) times only"
conclude
