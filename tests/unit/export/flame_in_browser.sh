#!/bin/sh
# flame_in_browser.sh WRITE_SAMPLES: what a browser makes of a flame graph and its address.
set -eu

if ! command -v chromium >/dev/null; then
	echo "skipped: there is no chromium"
	exit 77
fi
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
"$1" "$directory" >/dev/null
failures=0

# page NAME FRAGMENT: the document, after its script has run, in "dom".
page() {
	chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
		--disable-background-networking --disable-component-update --disable-sync \
		--user-data-dir="$directory/browser" --window-size=1000,600 \
		--dump-dom "file://$directory/$1.svg#$2" >"$directory/dom" 2>"$directory/errors" || {
		cat "$directory/errors"
		exit 1
	}
}

# expect WHAT PATTERN
expect() {
	grep -q "$2" "$directory/dom" && return
	echo "FAILED: $1"
	failures=$((failures + 1))
}

page cpu ""
expect "the picture takes the width of the window" 'width="1000"'
expect "nothing is marked" 'id="matched"[^>]*></span>'

page cpu "search=LOOKUP"
expect "search passes over case, and counts what is inside a match once" '>55.74% matched<'
expect "matches are marked" 'class="[a-z][0-9] match"'

page cpu "search=%5Edict%7Csetc"
expect "search takes regular expressions" '>65.68% matched<'

page cpu "search=lookup%5B"
expect "half an expression is a plain text" '>no match<'

# 13 is the box of "walk", of which lookup is 33 of 83.
id=$(sed -n 's/^<g class=.*<title>//p' "$directory/cpu.svg" | grep -n '^walk (' | head -n 1)
page cpu "zoom=$((${id%%:*} - 1))&search=lookup"
expect "a zoomed search is of what is shown" '>39.76% matched<'
expect "what is not inside is hidden" 'style="display: none;"'

page hostile ""
expect "a name stays text" '>&lt;core::iter'
expect "a name with a semicolon is found" '>semi;'

page empty ""
expect "no samples" 'There are no samples'

[ "$failures" -eq 0 ] && echo "the browser shows what it should"
