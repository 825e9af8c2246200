# What a script has switched in the process by the time it fails is switched back; what else was, stays.
. "$(dirname "$0")/lib.sh"
needs setpriv jq

start_victim heir
value() { "$limpet" -q -p "$pid" ctl "$1" --json | jq -r ".[\"$1\"]"; }
switched=background_thread
first=$(value $switched)
case $first in
true) other=false ;;
*) other=true ;;
esac
undone="^$switched is $first again, as it was before the script: \`ctl $switched $first\`\$"

printf 'ctl %s %s\nfoo\n' $switched $other >bad
run -p "$pid" -x bad
same "status" 3 "$status"
matches "where" "^bad:2: there is no command 'foo'\$" "$err"
matches "what" "$undone" "$err"
lacks "nothing stays" " stays $other in " "$err"
same "value" "$first" "$(value $switched)"
run -p "$pid" source bad
same "source: status" 3 "$status"
matches "source" "$undone" "$err"
same "source: value" "$first" "$(value $switched)"

# Told to keep it, and gone on to the end.
run -p "$pid" --keep -x bad
same "--keep" "3 $other" "$status $(value $switched)"
matches "--keep" "^$switched stays $other in " "$err"
run -p "$pid" -k -e "ctl $switched $first" -e foo
same "-k" "3 $first" "$status $(value $switched)"
succeed -p "$pid" -e "ctl $switched $other"
same "success" "$other" "$(value $switched)"
succeed -p "$pid" -e "ctl $switched $first"

# Interrupted, and told to end.
for signal in INT TERM HUP; do
	victim_output=$output
	printf 'ctl %s %s\nsleep 1h\n' $switched $other >long
	background "$limpet" -p "$pid" -x long
	await "the switch" grep -q "= $other" "$output"
	kill -$signal "$process"
	wait "$process"
	same "$signal: status" 130 $?
	matches "$signal" "$undone" "$(cat "$messages")"
	same "$signal: value" "$first" "$(value $switched)"
	output=$victim_output
done

# At the prompt and in a longer script, what was switched before a script is not its affair.
printf 'ctl %s %s\n' $switched $other >before
run -p "$pid" -k -e 'source before' -e 'source bad'
same "before" "$other" "$(value $switched)"
succeed -p "$pid" -e "ctl $switched $first"
finish
