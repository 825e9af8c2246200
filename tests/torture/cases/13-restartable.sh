# 13: threads are stopped inside restartable sequences: they start over.
. "$(dirname "$0")/../lib.sh"

commands 'cpu -d 0.1 -r 5000' 'ctl stats.allocated'
start_victim restartable
! grep -q '^skipped' "$output" || cannot "no rseq"
torture "undisturbed" $((5 * scale)) -a -m n
torture "killed" $((20 * scale)) -a -c 20
end_victim
conclude
