# 15: threads in dlopen(), dlclose() and dl_iterate_phdr().
. "$(dirname "$0")/../lib.sh"

commands 'ctl stats.allocated' 'cpu -d 0.01 -r 1000'
start_victim loader
torture "undisturbed" $((5 * scale)) -a -q -m n
torture "killed" $((20 * scale)) -a -q -c 20
end_victim
conclude
