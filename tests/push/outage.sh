# A collector is away in every way there is: what was handed to a pusher meanwhile arrives when it is
# back, all of it, once, in order, and handing over never waited. PUSH_OUTAGE=120 makes each way
# last two minutes.
. "$(dirname "$0")/lib.sh"
feed=$4
outage=${PUSH_OUTAGE-1.5}
every=0.1
count=$(awk -v outage="$outage" -v every="$every" 'BEGIN { print int(4 * outage / every) + 20 }')

write_dump dump.heap
"$limpet" convert dump.heap -o heap.pb.gz >/dev/null 2>&1 || give_up "no file"

received() { jq -r 'select(.labels) | .labels.seq' "$log"; }
has_received() { [ "$(received | wc -l)" -ge "$1" ]; }
# figure NAME: of what the feeder told.
figure() { sed -n "s/.*\<$1 \([0-9]*\).*/\1/p" "$feed_output" | head -n 1; }
feed() {
	background "$feed" "$@"
	feed_process=$process feed_output=$output
}

start_pyroscope
feed "$url" pyroscope heap.pb.gz "$count" "$every" 20 0.3 64M
await "the first ones" has_received 3
for way in closed silent "status 500" "status 429 1" ok; do
	pyroscope_is $way
	[ "$way" = ok ] || read -rt "$outage" <> <(:) || true
done
wait "$feed_process" || fail "the feeder failed" "$(cat "$messages")"
attempts=$(sed -n 's/^now .* after \([0-9]*\) .*/\1/p' "$pyroscope_output")
same "each way was met" "$(sort -nu <<<"$attempts" | tail -n 4)" "$(tail -n 4 <<<"$attempts")"
same "all arrive, once, in order" "$(seq 0 $((count - 1)))" "$(received)"
same "sent" "$count" "$(figure sent)"
same "none was lost" "0 0 0" "$(figure refused) $(figure dropped) $(figure waiting)"
[ "$(figure retries)" -ge 4 ] || fail "nothing was tried again" "$(cat "$feed_output")"
grep -q '^problem .' "$feed_output" || fail "no problem was told" "$(cat "$feed_output")"
grep -qx 'now ' "$feed_output" || fail "the problem did not go" "$(cat "$feed_output")"
# The kernel may let one wait for itself.
[ "$(figure slept)" -le 2 ] || fail "handing over waited" "$(cat "$feed_output")"
echo "an outage of 4 x ${outage}s, $count profiles: $(head -n 1 "$feed_output")"

# 429 and Retry-After: it is not asked again before.
start_pyroscope
pyroscope_is status 429 2
feed "$url" pyroscope-push heap.pb.gz 3 0 1.5 1 64M
wait "$feed_process"
pyroscope_is ok
contains "it is asked twice at most" "after" "$(tail -n 1 "$pyroscope_output")"
asked=$(sed -n 's/^now ok after \([0-9]*\) .*/\1/p' "$pyroscope_output")
[ "$asked" -le 2 ] || fail "it was asked $asked times within 1.5 of the 2 s"
same "what was left when patience ended" 3 "$(figure waiting)"

# A queue that is full loses the oldest, and says so.
start_pyroscope
pyroscope_is closed
size=$(stat -c %s heap.pb.gz)
feed "$url" pyroscope heap.pb.gz 30 0.02 0 1 $((size * 10 + size / 2))
wait "$feed_process"
same "what is over is dropped" 20 "$(figure dropped)"
same "and the rest waits" 10 "$(figure waiting)"

# One that it refuses for good is not in the way of the others.
start_pyroscope --max-size 100
feed "$url" pyroscope heap.pb.gz 5 0 5 1 64M
wait "$feed_process"
same "refused for good" "0 5 0" "$(figure sent) $(figure refused) $(figure retries)"
contains "and it is told why" "exceeds the size limit" "$(cat "$feed_output")"

# A token that is renewed is read anew.
umask 077
echo old >token
start_pyroscope --token new
feed "$url" pyroscope heap.pb.gz 20 0.1 10 1 64M token
refused() { grep -q '"refused": 401' "$log"; }
await "the old token to be refused" refused
echo new >token.new
mv token.new token
wait "$feed_process"
same "with the new one all arrive" "$(seq 0 19)" "$(received)"
same "none was lost for that" "20 0" "$(figure sent) $(figure refused)"

# When whoever hands over is killed, nothing of it is left.
start_pyroscope
pyroscope_is closed
feed "$url" pyroscope heap.pb.gz 1 60 0 1 64M
has_sender() { sender=$(pgrep -P "$feed_process"); }
await "the process that sends" has_sender
same "its name" limpet-push "$(cat "/proc/$sender/comm")"
end "$feed_process"
sender_is_gone() { [ ! -e "/proc/$sender" ]; }
await "it to be gone, too" sender_is_gone

# Who is not there at the end is not waited for longer than was said.
start_pyroscope
pyroscope_is silent
feed "$url" pyroscope heap.pb.gz 1 0 0.2 30 64M
wait "$feed_process"
same "it still waits" 1 "$(figure waiting)"

finish
