# 14: one arena, no caches, and sixteen threads that do nothing but allocate: five hundred calls, ten
# thousand in the long form, by limpet as users have it; and some with the sanitizers.
. "$(dirname "$0")/../lib.sh"

calls=${TORTURE_CALLS:-$((scale > 1 ? 1000 * many : 500))}
batch=25
export MALLOC_CONF=narenas:1,tcache:false

# call WAY CALLS: and none of them fails.
call() {
	local wanted=$(($(tallied calls) + $2))
	{ echo "set calls $1"; yes 'ctl stats.allocated' | head -n $batch; } >"$script"
	limpet=$plain torture "calls, $1" $(($2 / batch - 2)) -a -q -m n
	same "calls, $1" $wanted "$(tallied calls)"
}

start_victim storm 16 300
call own $((calls * 8 / 10))
call borrowed $((calls * 2 / 10))
commands 'ctl stats.allocated' 'stats > /dev/null' 'cpu -d 0.01 -r 1000'
torture "undisturbed" $((5 * scale)) -a -q -m n
torture "killed" $((20 * scale)) -a -q -c 20
end_victim
conclude
