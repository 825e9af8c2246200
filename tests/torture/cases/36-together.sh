# 36: several limpets at once, and some of them die.
. "$(dirname "$0")/../lib.sh"

repeat 3 'ctl stats.allocated' 'cpu -d 0.01 -r 1000'
start_victim checker
torture "two" $((8 * scale)) -a -j 2 -m nk -c 8
torture "three" $((5 * scale)) -a -j 3 -m nkk -c 5
end_victim
conclude
