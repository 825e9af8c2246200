# 5: the called function sleeps itself, while the borrowed thread's own time-out runs.
. "$(dirname "$0")/../lib.sh"

export MALLOC_CONF=$profiled
commands "ctl prof.dump \"$folder/slow\""
mkfifo slow
# The dump waits in open() until there is a reader, and in write() until it has read.
read_slowly() {
	while :; do
		{ sleep 0.05; cat >/dev/null; } <"$folder/slow"
	done
}
read_slowly &
processes+=($!)
for name in nanosleep-timed poll-timed futex-timed; do
	start_victim every_wait period=300 timed=600 $name
	torture "$name" $((3 * scale)) -a -m nkk
	end_victim
done
conclude
