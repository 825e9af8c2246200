# Variables, and the placeholders in names of files that are written.
. "$(dirname "$0")/common.sh"
unset pid name profile time status x y file

expect 0 "5
a b
5-a b!
\$x
${HOME}" "" "$limpet" -e 'set $x 5' -e 'set $y = "a b"' -e 'show $x' -e 'show $y' \
	-e 'set $z=${x}-$y!' -e 'show $z' -e "set \$q '\$x'" -e 'show $q' -e 'show $HOME'
# shellcheck disable=SC2016
expect 3 "" '-e:2: column 8: there is no variable $fil
  did you mean $file?' "$limpet" -e 'set $file x.svg' -e 'load a/$fil'
expect 3 "" '-e:1: column 6: there is no variable $unknown
  `set $unknown VALUE` makes one, `show` lists them; \$ or '"'quotes'"' keep a $ as it is' \
	"$limpet" -e 'load $unknown'
expect 3 "" "-e:1: \$pid is limpet's own and cannot be set
  it is: number of the process" "$limpet" -e 'set $pid 3'
expect 3 "" "-e:1: column 6: \$pid has no value: no process is attached
  name one with -p PID or -n NAME, or in the shell with \`attach PID\`" "$limpet" -e 'load $pid'
expect 3 "" "-e:1: '\$1' is no variable
  its name is of letters, digits and _, as in \$dump_2" "$limpet" -e 'set $1 x'

# What failed, as scripts that go on can tell.
"$limpet" -k -e 'set $x 1' -e 'show $status' -e 'foo' -e 'show $status' >out 2>/dev/null
same "status" "0
2" "$(cat out)"

# Shell commands have them in their environment, and their own dollars.
expect 0 "1 of 1
rate" "" "$limpet" -e 'set $x 1' -e "show rate | echo \"\$x of \$(echo '1')\"; cat >/dev/null" \
	-e "show | awk '/^rate/ { print \$1 }'"

# Names of files.
write_dump dump
succeed() {
	"$limpet" "$@" 2>err || fail "limpet $*" "$(cat err)"
}
succeed convert dump -o 'c-%i.folded'
succeed convert dump -o 'c-%i.folded'
succeed flame dump -o '%%f.svg'
succeed -e 'load dump' -e 'save @1 s-%t.folded' -e 'show rate > r-%i' -e 'show rate > r-%i' -e 'show rate >> r%%'
same "numbers" "c-1.folded c-2.folded" "$(echo c-*)"
same "numbers" "r-1 r-2 r%" "$(echo r-? r%)"
[ -s '%f.svg' ] || fail "no %f.svg"
same "time" "s-" "$(ls | sed -n 's/^\(s-\)20[0-9]\{6\}-[0-9]\{6\}\.folded$/\1/p')"
expect 2 "" "limpet: 'x-%q.svg': there is no %q in names of files
  there are %t (time), %p (PID), %n (name of the process), %i (a free number), and %% for a percent sign" \
	"$limpet" flame dump -o 'x-%q.svg'
expect 3 "" "-e:1: 'x-%p': %p has no meaning here: no process is attached
  name one with -p PID or -n NAME, or in the shell with \`attach PID\`" "$limpet" -e 'show > x-%p'
finish
