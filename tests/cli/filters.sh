# Filters on files, without a process.
. "$(dirname "$0")/common.sh"

hint="patterns are extended regular expressions, matched anywhere in names: 'a|b', '^main\$', 'operator\\(\\)'"
printf 'main;a;b 10\nmain;a 5\nmain;c 85\n' >s.folded
without_b="Type: samples
Active filters:
   ignore=b
Showing nodes accounting for 90, 90.00% of 100 total
      flat  flat%   sum%        cum   cum%
        85 85.00% 85.00%         85 85.00%  c
         5  5.00% 90.00%          5  5.00%  a
         0     0% 90.00%         90 90.00%  main"
rest_without_b="left out 10 of 100 by --ignore 'b'
percentages are of what is left
Type: samples
Showing nodes accounting for 90, 100% of 90 total
      flat  flat%   sum%        cum   cum%
        85 94.44% 94.44%         85 94.44%  c
         5  5.56%   100%          5  5.56%  a
         0     0%   100%         90   100%  main"

# left FILE: folded stacks, in one line.
left() {
	sort "$1" | tr '\n' ' '
}

for words in "--ignore b" "ignore=b" "-ignore=b" "-b"; do
	# shellcheck disable=SC2086
	expect 0 "$without_b" "" "$limpet" top s.folded $words
done
expect 0 "" "left out 10 of 100 by --ignore 'b'" "$limpet" convert s.folded -o out.folded --ignore b
same "--ignore" "main;a 5 main;c 85 " "$(left out.folded)"
expect 0 "" "left out 85 of 100 by --only '^a\$'" "$limpet" convert s.folded -o out.folded --only '^a$'
same "--only" "main;a 5 main;a;b 10 " "$(left out.folded)"
expect 0 "" "left out 5 of 100 by --ignore-leaf '^a\$'" \
	"$limpet" convert s.folded -o out.folded --ignore-leaf '^a$'
same "--ignore-leaf" "main;a;b 10 main;c 85 " "$(left out.folded)"
expect 0 "" "left out 10 of 100 by --ignore 'b'
left out 85 of 100 by --only 'a\$'" "$limpet" convert s.folded -o out.folded --only 'a$' --ignore b
same "both" "main;a 5 " "$(left out.folded)"
expect 0 "" "left out nothing by --ignore 'x': no sample matches" \
	"$limpet" convert s.folded -o out.folded --ignore x
same "nothing is left out" "$(left s.folded)" "$(left out.folded)"
expect 0 "" "" "$limpet" -q -e 'load s.folded' -e 'flame -o out.svg --ignore b'
contains "a flame graph of what is left" "left out 10 of 100 by --ignore" "$(cat out.svg)"

# The profile stays whole, and a file keeps what was told.
expect 0 "" "" "$limpet" -q -e 'load s.folded' -e 'save part.pb.gz --ignore b' -e 'save whole.folded'
same "the profile itself" "$(left s.folded)" "$(left whole.folded)"
expect 0 "$rest_without_b" "" "$limpet" top part.pb.gz
printf 'main;a;b 30\nmain;a 5\nmain;c 80\n' >later.folded
expect 0 "left out 20 of 15 by --ignore 'b'
Type: samples
Showing nodes accounting for -5, 5.56% of 90 total
      flat  flat%   sum%        cum   cum%
        -5  5.56%  5.56%         -5  5.56%  c
         0     0%  5.56%         -5  5.56%  main" "kept as @1" "$limpet" diff s.folded later.folded --ignore b

# A heap dump that is filtered is written anew.
write_dump d.heap
expect 0 "" "left out 2.31MB of 3.47MB by --ignore '0x113f'" "$limpet" convert d.heap -o part.heap --ignore 0x113f
same "stacks of a heap dump" "@ 0x555555555139 0x555555555200" "$(grep '^@' part.heap)"

# Threads.
expect 1 "" "limpet: the profile does not say of which threads its samples are" "$limpet" top s.folded --per-thread
expect 1 "" "limpet: the filter leaves nothing of 100
  the profile does not say of which threads its samples are" "$limpet" top s.folded -t worker

# What cannot be.
expect 1 "" "limpet: the filter leaves nothing of 100
  --ignore 'main|a' matches a, main" "$limpet" top s.folded --ignore 'main|a'
expect 1 "" "limpet: the filter leaves nothing of 100
  --only 'x' matches no function, source file or module" "$limpet" convert s.folded -o none.pb.gz --only x
expect 1 "" "limpet: the filter leaves nothing of 100
  --ignore 'b|c' matches b, c; --only 'b' matches no function, source file or module of the rest" \
	"$limpet" top s.folded --only b --ignore 'b|c'
same "files left behind" "" "$(ls | grep '^none')"
for option in only ignore ignore-leaf focus; do
	expect 2 "" "limpet: '[a' is no pattern: Unmatched [, [^, [:, [., or [=
  $hint" "$limpet" top s.folded "--$option" '[a'
	expect 2 "" "limpet: '' is no pattern: it is empty
  $hint" "$limpet" flame s.folded -o none.svg "--$option="
done
expect 2 "" "limpet: 'a{2}' is no pattern: repeat counts cannot be used
  $hint" "$limpet" diff s.folded later.folded --only 'a{2}'
expect 2 "" "limpet: '(?:a)' is no pattern: (?...) cannot be used, but (?i) at the start
  $hint" "$limpet" save s.folded none.pb --ignore '(?:a)'
same "files left behind" "" "$(ls | grep '^none')"
expect 2 "" "limpet: '(x' is no pattern: Unmatched ( or \\(
  $hint" "$limpet" cpu --ignore '(x'

finish
