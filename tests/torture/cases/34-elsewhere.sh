# 34: a deleted program, a static one, one with another C library, one in other namespaces.
. "$(dirname "$0")/../lib.sh"

commands 'ctl stats.allocated' 'cpu -d 0.01 -r 1000'
cp "$victims/dispositions" deleted
start ./deleted handled
rm deleted
torture "deleted program" $((5 * scale)) -a -m nkk
end_victim

if command -v musl-gcc >/dev/null; then
	musl-gcc -static -O1 -D_GNU_SOURCE -o musl \
		"$tests"/victims/{dispositions,answers,waits,victim}.c || fail "no program with musl"
	start ./musl handled
	torture "static, with musl" $((5 * scale)) -m nkk
	end_victim
	musl-gcc -O1 -D_GNU_SOURCE -rdynamic -Wl,--eh-frame-hdr -o shared \
		"$tests"/victims/{dispositions,answers,waits,victim,musl_mallctl}.c ||
		fail "no program with a shared musl"
	start ./shared handled
	torture "with a shared musl" $((5 * scale)) -a -m nkk
	end_victim
else
	omit "no musl-gcc (package musl-tools): the programs with musl"
fi

if unshare --pid --fork true 2>/dev/null; then
	start unshare --pid --fork --mount-proc --kill-child "$victims/dispositions" handled
	pid=$(children "$pid")
	pid=${pid% }
	torture "other PIDs" $((5 * scale)) -a -m nkk
	end_victim
else
	omit "no PID namespace can be made"
fi
conclude
