# The man page is what the table says, and troff and mandoc like it.
. "$(dirname "$0")/common.sh"

"$limpet" help --scdoc >limpet.1.scd
same "no troff is written by hand" "" "$(grep -n '^[.][A-Za-z]' limpet.1.scd)"
for program in scdoc groff mandoc; do
	command -v "$program" >/dev/null && continue
	[ "${CI:-}" = true ] && fail "$program is missing" && finish
	echo "skipped: $program is missing"
	exit 0
done
same "what scdoc says" "" "$(scdoc <limpet.1.scd 2>&1 >limpet.1)"
same "what troff says" "" "$(groff -man -ww -z -Tascii limpet.1 2>&1)"
# scdoc begins a paragraph after each heading and each block: mandoc skips it.
same "what mandoc says" "" \
	"$(mandoc -T lint -W warning limpet.1 2>&1 | grep -v 'skipping paragraph macro: PP')"

# As it is read on a terminal.
groff -man -Tascii -P-cbou -rLL=78n limpet.1 >limpet.txt
for section in NAME SYNOPSIS DESCRIPTION 'THE FIRST MINUTE' 'ON CALL' OPTIONS INPUT COMMANDS \
	SETTINGS FILES ENVIRONMENT 'EXIT STATUS' 'WHAT LIMPET DOES TO THE PROCESS' \
	'WHAT IT NEVER DOES' 'SEE ALSO'; do
	grep -qx "$section" limpet.txt || fail "no section $section"
done
same "lines that are too wide" "" "$(grep -E '.{101}' limpet.txt)"
contains "an option with its value" "-o, --output FILE" "$(cat limpet.txt)"
contains "a setting" "cache_size" "$(cat limpet.txt)"
contains "marks are marks" "--ignore-leaf 'libc|vdso' --only '^handle_'" "$(cat limpet.txt)"
contains "a backslash" 'all but \" and \\, a backslash' "$(tr -s ' \n' ' ' <limpet.txt)"
same "situations" 10 "$(sed -n '/^ON CALL/,/^OPTIONS/p' limpet.txt | grep -c '^   [0-9]*[.] ')"
while read -r title; do
	grep -qF "$title" limpet.txt || fail "the man page lacks: $title"
done < <("$limpet" help night | grep '^[0-9]*[.] ')

finish
