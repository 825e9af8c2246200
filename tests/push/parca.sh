# The real Parca, with its embedded storage, takes what `push` sends of real processes, and knows their
# functions afterwards: CPU, the clock and the heap.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/parca_lib.sh"

cat >parca.yaml <<'YAML'
object_storage:
  bucket:
    type: FILESYSTEM
    config:
      directory: ./data
YAML
start_parca parca.yaml

start_victim shares server
# push_sampled COMMAND OPTIONS: on a busy machine a process may get no CPU for a while.
push_sampled() {
	succeed -p "$pid" -e "$1 -o sampled.pb.gz" -e "push $2"
	functions sampled.pb.gz | grep -qx run_named
}
await "a CPU profile with samples" push_sampled 'cpu -d 1' "$parca_url --label env=test"
contains "it is found out that it is Parca" "to parca at $parca_url: 200 OK" "$out"
await "Parca to know the CPU time" parca_knows_all "$parca_cpu{service_name=\"shares\"}" sampled.pb.gz
await "by the label" parca_knows_all "$parca_cpu{env=\"test\"}" sampled.pb.gz
await "a wall profile with samples" push_sampled 'cpu --wall -d 0.5' "parca+$parca_url"
await "Parca to know the time on the clock" parca_knows_all "$parca_wall{service_name=\"shares\"}" sampled.pb.gz

# 500 MiB that three functions hold.
start env MALLOC_CONF="$profiled" "$victims/heap500"
succeed -p "$pid" heap on
tell allocate
await "500 MiB" grep -q '^allocated$' "$output"
succeed -p "$pid" -e 'heap dump -o heap.pb.gz' -e "push $parca_url --collector parca --service heap"
contains "a heap" "sent memory of heap (" "$out"
for function in hold_small hold_medium hold_large; do
	await "Parca to know that $function holds memory" \
		parca_knows "$parca_heap{service_name=\"heap\"}" $function
done
same "the services that it knows" "heap shares" "$(parca_values service_name | sort | paste -sd ' ')"

# What it refuses is told as it says it, and a bad profile does not end it.
head -c 100 heap.pb.gz >cut.pb.gz
run push "parca+$parca_url" cut.pb.gz
same "half a file is not sent" 1 "$status"
echo 'main;work 7' >stacks.folded
succeed push "parca+$parca_url" stacks.folded --service folded
await "stacks without a period" parca_knows \
	'samples:samples:count:samples:count{service_name="folded"}' work
succeed push "parca+$parca_url" heap.pb.gz --service again

finish
