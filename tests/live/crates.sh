# What the five crates of a profiled Rust program do from the inside, limpet does from the outside, and
# the results agree. Prints a line for each capability.
. "$(dirname "$0")/lib.sh"
needs setpriv go jq
have_pprof || skip "go tool pprof does not work"
crates=$victims/rust-profiling-crates
[ -x "$crates" ] || skip "the Rust programs were not built"
capabilities=0

# agree CAPABILITY WHAT
agree() {
	capabilities=$((capabilities + 1))
	printf '%-52s %s\n' "$1" "$2"
}

# equal CAPABILITY INSIDE OUTSIDE
equal() {
	same "$1" "$2" "$3"
	agree "$1" "$3"
}

# close CAPABILITY PERCENT INSIDE OUTSIDE
close() {
	within "$1" "$2" "$3" "$4"
	agree "$1" "$3 and $4"
}

# outside NAME [VALUE]: by ctl; texts lose their quotes.
outside() {
	"$limpet" -q -p "$pid" ctl "$@" | sed 's/^[^=]* = //; s/^"\(.*\)"$/\1/'
}

# outside_all NAME...: by one limpet, into the array of this name.
declare -A values
outside_all() {
	local name
	printf 'ctl %s\n' "$@" >names
	succeed -q -p "$pid" -x names
	while IFS= read -r name; do
		values[${name%% = *}]=$(sed 's/^"\(.*\)"$/\1/' <<<"${name#* = }")
	done <<<"$out"
}

# total FILE: of what is in use or was used, in a profile of any kind. of FILE FUNCTION: its part.
total() {
	"$limpet" convert "$1" -o total.folded && awk '{ sum += $NF } END { printf "%.0f\n", sum }' total.folded
}

of() {
	"$limpet" convert "$1" -o part.folded &&
		awk -v name="$2" 'index($0, name) { sum += $NF } END { printf "%.0f\n", sum }' part.folded
}

# part_in_percent FILE FUNCTION
part_in_percent() {
	echo $(($(of "$1" "$2") * 100 / $(total "$1")))
}

# drawn FLAME-GRAPH FUNCTION: all of its boxes, in percent.
drawn() {
	grep -o "<title>[^<]*$2 ([^<]*" "$1" | sed -n 's/.*[^0-9.]\([0-9.]*\)%.*/\1/p' |
		awk '{ sum += $1 } END { printf "%.0f\n", sum }'
}

# thread_names PROFILE: of those that used CPU time.
thread_names() {
	pprof -tags "$1" | grep -o 'burner[-0-9]*' | sort -u | tr '\n' ' '
}

# In hundredths of a second, of all threads of the process.
cpu_time() {
	awk '{ sub(/.*\) /, ""); print $12 + $13 }' "/proc/$pid/stat"
}

has_burnt() {
	[ "$(cpu_time)" -ge "$1" ]
}

configuration=(version config.malloc_conf arenas.narenas opt.abort opt.dss opt.narenas opt.junk opt.zero
	opt.tcache opt.tcache_max opt.background_thread opt.lg_prof_interval opt.lg_prof_sample opt.prof_final
	opt.prof opt.prof_leak background_thread max_background_threads)
statistics=(stats.allocated stats.active stats.metadata stats.resident stats.mapped stats.retained)

start env MALLOC_CONF="$profiled" "$crates"

# tikv-jemallocator
contains "the global allocator" "jemalloc" "$("$limpet" -p "$pid" info)"
agree "tikv-jemallocator: the global allocator" "found by limpet"

# tikv-jemalloc-sys
equal "tikv-jemalloc-sys: mallctl" "$(ask mallctl)" "$(outside arenas.page)"

# tikv-jemalloc-ctl
ask "heap hold" >/dev/null
outside_all "${configuration[@]}" "${statistics[@]}"
for name in "${configuration[@]}"; do
	equal "tikv-jemalloc-ctl: $name" "$(ask "read $name")" "${values[$name]-}"
done
for name in "${statistics[@]}"; do
	close "tikv-jemalloc-ctl: $name" 10 "$(ask "read $name")" "${values[$name]-}"
done
before=$(ask "advance")
outside_all epoch
between "epoch::advance" "$before" $((before + 1)) "${values[epoch]}"
agree "tikv-jemalloc-ctl: epoch" "$before and ${values[epoch]}"
for name in allocated deallocated; do
	before=$(ask "read thread.$name")
	succeed -q -p "$pid" heap threads --json
	got=$(jq --argjson id "$pid" ".threads[] | select(.id == \$id).$name" <<<"$out")
	between "thread.$name of the main thread" "$before" "$(ask "read thread.$name")" "$got"
	agree "tikv-jemalloc-ctl: thread::${name}p" "$got"
done
ask "raw write 5000" >/dev/null
equal "tikv-jemalloc-ctl: raw::write" 5000 "$(outside arenas.dirty_decay_ms)"
outside arenas.dirty_decay_ms 7000 >/dev/null
equal "tikv-jemalloc-ctl: raw::read by name" "$(ask "raw name")" 7000
equal "tikv-jemalloc-ctl: raw::read by MIB" "$(ask "raw mib")" "$(outside arenas.dirty_decay_ms)"
# It hands jemalloc one buffer for the old and the new value (0.6.1), so that nothing changes.
equal "tikv-jemalloc-ctl: raw::update, the former value" "$(ask "raw update 7000")" "$(outside arenas.dirty_decay_ms)"
ask "write max_background_threads 2" >/dev/null
equal "tikv-jemalloc-ctl: max_background_threads is set" 2 "$(outside max_background_threads)"
ask "write background_thread true" >/dev/null
equal "tikv-jemalloc-ctl: background_thread is started" true "$(outside background_thread)"
outside background_thread false >/dev/null
equal "tikv-jemalloc-ctl: background_thread is stopped" "$(ask "read background_thread")" false
ask "print $folder/inside.txt" >/dev/null
"$limpet" -p "$pid" stats --full >outside.txt
same "stats_print" "$(grep -E '^ *(Version|opt\.)' inside.txt)" "$(grep -E '^ *(Version|opt\.)' outside.txt)"
agree "tikv-jemalloc-ctl: stats_print" "$(grep -c '^ *opt\.' outside.txt) options"
ask "print $folder/inside.json json" >/dev/null
"$limpet" -p "$pid" stats --full --json >outside.json
same "stats_print as JSON" "$(jq -S '.jemalloc | {version, config, opt}' inside.json)" \
	"$(jq -S '.jemalloc | {version, config, opt}' outside.json)"
agree "tikv-jemalloc-ctl: stats_print as JSON" "$(jq '.jemalloc.opt | length' outside.json) options"

# dump_outside: to outside.heap, outside.pb.gz and outside.svg.
dump_outside() {
	succeed -q -p "$pid" -e 'heap dump -o outside.heap' -e 'save @ outside.pb.gz' -e 'flame -o outside.svg'
}

# jemalloc_pprof. Its activated() is what it did itself, not what jemalloc says.
ask "heap activate" >/dev/null
equal "jemalloc_pprof: activate, activated" "$(ask "heap activated")" "$(outside prof.active)"
equal "jemalloc_pprof: lg_sample" "$(ask "heap lg_sample")" "$(outside prof.lg_sample)"
# limpet knows of what it switched itself.
succeed -q -p "$pid" heap off
succeed -q -p "$pid" -e 'heap on' -e 'heap status'
equal "jemalloc_pprof: get_md, whether there is a start time" "$(ask "heap start_time")" \
	"$(grep -q '^active *yes, since [0-9]' <<<"$out" && echo true)"
ask "heap hold" >/dev/null
ask "heap dump $folder/inside.heap" >/dev/null
dump_outside
within "bytes in memory_hungry" 50 $((2000 * 32 * 1024)) "$(of outside.heap memory_hungry)" # some 125 samples
close "jemalloc_pprof: dump, bytes in use" 2 "$(total inside.heap)" "$(total outside.heap)"
ask "heap pprof $folder/inside.pb.gz" >/dev/null
close "jemalloc_pprof: dump_pprof, bytes in use" 2 "$(total inside.pb.gz)" "$(total outside.pb.gz)"
close "jemalloc_pprof: dump_pprof, of memory_hungry" 2 \
	"$(of inside.pb.gz memory_hungry)" "$(of outside.pb.gz memory_hungry)"
# What it found out about its own binary is on the heap from now on.
dump_outside
ask "heap flamegraph $folder/inside.svg" >/dev/null
close "jemalloc_pprof: dump_flamegraph, % of memory_hungry" 5 \
	"$(drawn inside.svg memory_hungry)" "$(drawn outside.svg memory_hungry)"
ask "heap deactivate" >/dev/null
equal "jemalloc_pprof: deactivate, activated" "$(ask "heap activated")" "$(outside prof.active)"
# It also forgets the samples, which is heap reset here.
succeed -q -p "$pid" -e 'heap on' -e 'heap off' -e 'heap reset' -e 'heap dump -o outside.heap'
ask "heap dump $folder/inside.heap" >/dev/null
equal "jemalloc_pprof: deactivate, samples left" "$(total inside.heap)" "$(total outside.heap)"

# pprof-rs, but for blocklist and frames_post_processor, which have no counterpart in limpet.
ask "cpu burn" >/dev/null
inside_at() {
	ask "cpu start $1" >/dev/null
	burnt=$(cpu_time)
	await "CPU time" has_burnt $((burnt + 100))
	count=$(ask "cpu stop $folder")
	burnt=$(($(cpu_time) - burnt))
}
outside_at() {
	burnt=$(cpu_time)
	"$limpet" -p "$pid" cpu -d 3 -r "$1" -o outside.pb.gz >outside.top 2>outside.log
	burnt=$(($(cpu_time) - burnt))
}
inside_at 100
within "CPU time in the samples of pprof-rs, ms" 25 $((burnt * 10)) $((count * 10))
inside_part=$(part_in_percent inside.pb cpu_intensive)
names=$(thread_names inside.pb)
between "cpu_intensive, in percent" 90 100 "$inside_part"
outside_at 100
within "CPU time in the samples of limpet, ms" 30 $((burnt * 10)) $(($(total outside.pb.gz) / 1000000))
agree "pprof-rs: samples at a frequency" "the CPU time of the kernel"
close "pprof-rs: report as protobuf, % of cpu_intensive" 5 \
	"$inside_part" "$(part_in_percent outside.pb.gz cpu_intensive)"
"$limpet" convert outside.pb.gz -o outside.svg
close "pprof-rs: report as flame graph, % of cpu_intensive" 5 \
	"$(drawn inside.svg cpu_intensive)" "$(drawn outside.svg cpu_intensive)"
equal "pprof-rs: names of the threads" "$names" "$(thread_names outside.pb.gz)"
printf '%d capabilities agree\n' "$capabilities"
finish
