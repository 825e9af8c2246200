# 25: its cgroup is frozen while limpet works, and thawed again.
. "$(dirname "$0")/../lib.sh"

group=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)/torture.$$
mkdir "$group" 2>/dev/null && [ -w "$group/cgroup.freeze" ] || cannot "no cgroup can be made"
remove_group() {
	echo 0 >"$group/cgroup.freeze"
	end "${processes[@]}"
	rmdir "$group"
	clean_up
}
trap remove_group EXIT
repeat 20 'ctl stats.allocated' 'cpu -d 0.01 -r 1000'
start_victim limits none
echo "$pid" >"$group/cgroup.procs" || cannot "no process can be put into a cgroup"
for ((i = 0; i < 2 * scale; i++)); do
	launch
	sleep 0.15 # it works for longer
	echo 1 >"$group/cgroup.freeze"
	sleep 0.3 # so that it finds it frozen
	[ $((i % 2)) != 1 ] || strike
	echo 0 >"$group/cgroup.freeze"
	ends_within 120 "$process"
	check_victim "frozen meanwhile"
done
await "the end of limpet's thread" has_no_traces "$pid"
torture "afterwards" 3 -a -m n
conclude
