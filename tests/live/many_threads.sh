# Ten thousand threads of which four run: those are sampled as ever, and the total is the kernel's.
. "$(dirname "$0")/lib.sh"

# ms PATTERN FILE: of the folded stacks that match.
ms() {
	awk -v pattern="$1" '$0 ~ pattern { total += $NF } END { printf "%d\n", total / 1000000 }' "$2"
}

# ticks: what the kernel has charged.
ticks() {
	sed 's/.*) //' "/proc/$pid/stat" | awk '{ print $12 + $13 }'
}

start_victim crowd 10000 4
same "threads" 10005 "$(find "/proc/$pid/task" -mindepth 1 -maxdepth 1 | wc -l)"
before=$(ticks)
succeed -p "$pid" cpu -d 5 -o crowd.folded
after=$(ticks)
all=$(ms . crowd.folded)
printf 'of %s ms, while the kernel charged %s ticks: %s ms in burn(), not sampled %s ms, of ended threads %s ms\n' \
	"$all" $((after - before)) "$(ms ';burn ' crowd.folded)" "$(ms '^\[not sampled' crowd.folded)" \
	"$(ms '^\[threads that ended' crowd.folded)"
between "no more than the kernel's" 1 $(((after - before + 5) * 1000 / $(getconf CLK_TCK))) "$all"
between "in burn()" $((all * 90 / 100)) "$all" "$(ms ';burn ' crowd.folded)"
between "of threads that ended, though none has" 0 $((all / 50)) "$(ms '^\[threads that ended' crowd.folded)"
lacks "nobody else" 'futex' "$(cat crowd.folded)"
same "traces" "" "$(traces "$pid")"
answer=$(ask check)
same "nobody has noticed" "ok" "${answer%% *}"
finish
