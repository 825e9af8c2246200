# 20 real dumps: limpet's totals are those of jeprof, and google/pprof has the same of the text that
# limpet makes of them for it.
. "$(dirname "$0")/lib.sh"
needs setpriv jeprof go
have_pprof || skip "go tool pprof does not work"
# Totals need no names, and it takes jeprof long to look them up.
export JEPROF_TOOLS=objdump:/bin/true,nm:/bin/true,addr2line:/bin/true,c++filt:/bin/true
in_use="inuse_objects inuse_space"
accumulated="alloc_objects alloc_space $in_use"
dumps=()
declare -A types

# take NAME TYPES: four dumps of that name, the last of those that there are.
take() {
	local found
	mapfile -t found < <(ls -v "$1".*.heap)
	[ "${#found[@]}" -ge 4 ] || give_up "$1 left ${#found[@]} dumps"
	for dump in "${found[@]: -4}"; do
		dumps+=("$dump")
		types[$dump]=$2
	done
}

# dump_threads NAME OPTIONS TYPES
dump_threads() {
	MALLOC_CONF=prof:true,prof_prefix:$1,$2 "$victims/dumper" 3 4 >"$1.said" 2>&1 ||
		give_up "dumper: $(cat "$1.said")"
	take "$1" "$3"
}

# The dumps are Redis's own: jemalloc writes one after every 2^22 bytes.
dump_redis() {
	profiled=prof:true,prof_accum:true,lg_prof_sample:14,lg_prof_interval:22,prof_prefix:redis start_redis
	redis-benchmark -p "$port" -q -c 20 -d 512 -r 100000 -n 20000 -t set,hset >redis.said
	redis-cli -p "$port" shutdown nosave
	await "Redis to end" is_gone "$pid"
	take redis "$accumulated"
}

# sum_of TYPE NAME: of limpet's folded stacks.
sum_of() {
	awk '{ sum += $NF } END { printf "%d", sum }' "$2.$1.folded"
}

# jeprof_total TYPE FILE
jeprof_total() {
	jeprof --text --show_bytes "--$1" "$victims/dumper" "$2" 2>"$folder/.jeprof" |
		sed -n 's/^Total: \([0-9]*\) .*/\1/p'
}

# pprof_sums FILE: the sums of all values, a line each.
pprof_sums() {
	pprof -raw "$1" | awk '/^Samples:/ { inside = 1; next } /^Locations/ { inside = 0 }
		inside && $1 ~ /^[0-9]+$/ {
			sub(/:.*/, "")
			for (i = 1; i <= NF; i++)
				sum[i] += $i
			count = NF
		}
		END { for (i = 1; i <= count; i++) printf "%d\n", sum[i] }'
}

# threads_of FILE: their numbers and names, of those that have anything.
threads_of() {
	sed -n '/^@/q; / 0: 0 \[0: 0\]/d; s/^ *t\([0-9]*\): .*\]/\1/p' "$1"
}

# ask_readers DUMP: what the others say of it, all at once: they take long.
ask_readers() {
	local type pids=()
	for type in ${types[$1]}; do
		jeprof_total "$type" "$1" >"$1.$type.total" &
		pids+=($!)
	done
	pprof_sums "$1.gperftools" >"$1.sums" &
	wait "${pids[@]}" $!
}

# convert_all: one limpet for all of them.
convert_all() {
	local dump type
	for dump in "${dumps[@]}"; do
		printf 'load %s\n' "$dump"
		for type in ${types[$dump]}; do
			printf 'save %s.%s.folded sample_index=%s\n' "$dump" "$type" "$type"
		done
		printf 'save %s.gperftools\nsave %s.pb.gz\nload %s.pb.gz\nsave %s.again.heap\n' \
			"$dump" "$dump" "$dump" "$dump"
	done >script
	succeed -q -x script
}

dump_threads coarse prof_accum:false,lg_prof_sample:19 "$in_use"
dump_threads middle prof_accum:true,lg_prof_sample:16 "$accumulated"
dump_threads fine prof_accum:true,lg_prof_sample:12 "$accumulated"
dump_threads all prof_accum:false,lg_prof_sample:0 "$in_use"
dump_redis
convert_all
same "dumps" 20 "${#dumps[@]}"
for dump in "${dumps[@]}"; do
	stacks=$(grep -c '^@' "$dump")
	sums=
	ask_readers "$dump"
	for type in ${types[$dump]}; do
		sum=$(sum_of "$type" "$dump")
		total=$(cat "$dump.$type.total")
		sums+=$sum$'\n'
		# Each stack is rounded.
		between "$type of $dump, which jeprof says is $total" $((total - stacks / 2 - 1)) \
			$((total + stacks / 2 + 1)) "$sum"
	done
	printf '%s: %d stacks, inuse_space %d, jeprof %d\n' "$dump" "$stacks" "$sum" "$total"
	same "google/pprof's totals of $dump" "${sums%?}" "$(cat "$dump.sums")"
done
# What limpet makes of the estimates has their totals for jeprof. Its factor at the rate 1 is 1 + 1/e^size.
for dump in "${dumps[0]}" "${dumps[4]}" "${dumps[16]}"; do
	for type in $in_use; do
		sum=$(sum_of "$type" "$dump")
		between "jeprof's $type of the dump made again of $dump" "$sum" $((sum + sum / 1000 + 1)) \
			"$(jeprof_total "$type" "$dump.again.heap")"
	done
	same "threads of the dump made again" "$(threads_of "$dump")" "$(threads_of "$dump.again.heap")"
done
finish
