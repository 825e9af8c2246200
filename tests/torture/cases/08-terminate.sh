# 8: SIGTERM, which is handled, comes before the stop, and the tracer dies there: it is delivered.
. "$(dirname "$0")/../lib.sh"

repeat 5 'ctl stats.allocated' 'cpu -d 0.01 -r 2000'
start_victim signals
torture "terminated" $((40 * scale)) -a -c 20 -S 200:term
end_victim
conclude
