# run.sh LIMPET DATA VICTIMS SECONDS [NAME]...: the servers one after the other, or those named, and the table
# of what they saw of it.
set -u
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
arguments=("${@:1:4}")
shift 4
[ $# -gt 0 ] || set -- redis postgres nginx go node jvm

table=$(mktemp)
trap 'rm -f "$table"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
status=77
for name; do
	[ -f "$here/$name.sh" ] && [ "$name" != lib ] && [ "$name" != torment ] && [ "$name" != run ] || {
		echo "there is no server '$name'" >&2
		exit 2
	}
	printf '\n== %s\n' "$name"
	bash "$here/$name.sh" "${arguments[@]}" | tee -a "$table"
	case ${PIPESTATUS[0]} in
	0) [ $status != 77 ] || status=0 ;;
	77) ;;
	*)
		status=1
		echo "server $name: FAILED, see above" >>"$table"
		;;
	esac
done
printf '\n'
grep -E '^(server|skipped:) ' "$table"
exit $status
