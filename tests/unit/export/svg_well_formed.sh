#!/bin/sh
# svg_well_formed.sh WRITE_SAMPLES: every flame graph must be well-formed XML.
set -eu

if command -v xmllint >/dev/null; then
	check() { xmllint --noout "$1"; }
elif python3 -c 'import xml.parsers.expat' 2>/dev/null; then
	check() {
		python3 -c 'import sys, xml.parsers.expat
xml.parsers.expat.ParserCreate().Parse(open(sys.argv[1], "rb").read(), True)' "$1"
	}
else
	echo "skipped: there is neither xmllint nor python3"
	exit 77
fi
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
count=0
"$1" "$directory" >"$directory/names"
while read -r name; do
	check "$directory/$name.svg"
	count=$((count + 1))
done <"$directory/names"
[ "$count" -gt 0 ]
echo "$count files are well-formed"
