# Scripts: where they come from, where they stop, what is said about the line.
. "$(dirname "$0")/common.sh"

cat >good <<'SCRIPT'
# a comment, an empty line

show rate # another
  set rate 7
show rate
SCRIPT
printf 'show rate\nfoo\nset rate 8\nshow rate' >bad
printf 'show rate\r\nshow duration\r\n' >crlf
echo 'source bad' >outer
echo 'source again' >again
printf 'show rate\nquit\nshow rate\n' >quits
no_foo="bad:2: there is no command 'foo'
  \`help\` lists the commands"

expect 0 "99
7" "" "$limpet" -x good
expect 0 "99
7" "" "$limpet" source good
expect 0 "99
7" "" "$limpet" <good
expect 0 "99
7" "" "$limpet" - <good
expect 0 "99
7" "" "$limpet" -x - <good
expect 0 "99
10s" "" "$limpet" -x crlf
expect 0 "99" "" "$limpet" -x quits
expect 0 "99" "" "$limpet" -x quits -e 'show color'
expect 0 "5
7" "" "$limpet" -e 'set rate 5' -e 'show rate' -e 'rate=7
show rate'

expect 3 "99" "$no_foo" "$limpet" -x bad
expect 3 "99
8" "$no_foo" "$limpet" -k -x bad
expect 3 "99" "$no_foo" "$limpet" source bad
expect 3 "99
8" "$no_foo" "$limpet" -k source bad
expect 3 "99" "$no_foo" "$limpet" -x outer
expect 3 "99
8
8" "$no_foo" "$limpet" -k -x outer -e 'show rate'
expect 3 "99" "<stdin>:2: there is no command 'foo'
  \`help\` lists the commands" "$limpet" <bad
expect 3 "99" "$no_foo" "$limpet" -x bad -e 'show color'
expect 3 "99" "-e:2: there is no setting 'rat'
  did you mean rate?" "$limpet" -e 'show rate' -e 'show rat' -e 'show rate'
expect 3 "" "-e:1: column 6: the quote is not closed" "$limpet" -e "load 'a"
expect 3 "" "limpet: cannot open 'missing': No such file or directory" "$limpet" -x missing
expect 3 "" "limpet: cannot read '.': Is a directory" "$limpet" -x .
expect 3 "" "again:1: 'again': scripts call scripts more than 16 deep" "$limpet" -x again
printf 'a\0b\n' >nul
expect 3 "" "nul:1: column 2: a NUL byte" "$limpet" -x nul

# Lines are run as they come, not when the input ends.
mkfifo input output
"$limpet" <input >output &
exec 3>input 4<output
echo 'show rate' >&3
read -r line <&4
same "a line while the input is open" 99 "$line"
exec 3>&-
wait $!
same "status at the input's end" 0 $?

finish
