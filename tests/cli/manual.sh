# The man page is the table, and troff likes it.
. "$(dirname "$0")/common.sh"

"$limpet" help --man >limpet.1
grep -q '^.SS "help ' limpet.1 || fail "no section about help"
for command in $("$limpet" help | sed -n '/^Topics/,$d; s/^  \([a-z]*\) .*/\1/p'); do
	grep -q "^.SS \"$command" limpet.1 || fail "no section about $command"
done
for setting in $("$limpet" show | sed -n 's/^\([a-z_]*\) .*/\1/p'); do
	grep -q "^.B $setting\$" limpet.1 || fail "nothing about the setting $setting"
done
if command -v groff >/dev/null; then
	same "what troff says" "" "$(groff -man -ww -z -Tascii limpet.1 2>&1)"
elif [ "${CI:-}" = true ]; then
	fail "groff is missing"
else
	echo "skipped: groff is missing"
fi

finish
