# What `push` says of each answer, and of none; who gets the token.
. "$(dirname "$0")/lib.sh"

write_dump dump.heap
start_pyroscope
pyroscope_url=$url

# refused WHAT MESSAGE HINT ARGUMENT...: push dump.heap must fail, and say both.
refused() {
	local what=$1 message=$2 hint=$3
	shift 3
	run push "$@" dump.heap
	same "$what: status" 1 "$status"
	contains "$what: message" "$message" "$err"
	contains "$what: hint" "$hint" "$err"
}

pyroscope_is status 429 7
refused "429" "/ingest answered 429 Too Many Requests: told to" "push less often" "pyroscope+$url"
for code in 400 413 422; do
	pyroscope_is status $code
	refused $code "answered $code" "" "pyroscope+$url" --retry 10
done
pyroscope_is status 503
refused 503 "503 Service Unavailable" "--retry 2m" "pyroscope+$url"
pyroscope_is status 404
refused 404 "404 Not Found" "with its prefix" "pyroscope+$url"
refused "a server of neither kind" "does not tell which collector it is" "--collector" "$url"
pyroscope_is silent
refused "silence" "did not answer" "--timeout" "pyroscope+$url" --timeout 0.3
pyroscope_is closed
refused "nobody" "did not answer" "is the collector running" "pyroscope+$url"
refused "nobody to ask" "did not answer" "is the collector running" "$url"
refused "TLS" "did not answer" "" "pyroscope+${url/http:/https:}"
pyroscope_is ok
refused "TLS where there is none" "did not answer" "http:// and not https://" \
	"pyroscope+${url/http:/https:}"

# It comes back meanwhile.
pyroscope_is status 503
background "$limpet" push "pyroscope+$url" dump.heap --retry 30 --json
waiting=$process waiting_output=$output
pyroscope_is ok
wait "$waiting"
same "it is sent when the collector is back" "200 OK" "$(jq -r .answer "$waiting_output")"

# Who has to go before that may.
attempts() {
	pyroscope_is status 503
	sed -n '$s/.* after \([0-9]*\) attempts/\1/p' "$pyroscope_output"
}
before=$(attempts)
pyroscope_is closed
background "$limpet" push "$url" dump.heap --retry 60
waiting=$process waiting_messages=$messages
asked() { [ "$(attempts)" -gt "$before" ]; }
await "it to ask" asked
kill -INT "$waiting"
wait "$waiting"
same "Ctrl-C ends it" "130 limpet: interrupted" "$? $(cat "$waiting_messages")"
pyroscope_is ok

# TLS.
if command -v openssl >/dev/null; then
	openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out certificate.pem -days 2 \
		-subj /CN=localhost -addext subjectAltName=DNS:localhost 2>openssl.err ||
		give_up "no certificate: $(cat openssl.err)"
	cat key.pem certificate.pem >both.pem
	start_pyroscope --tls both.pem
	secure=pyroscope+https://localhost:$port
	succeed push "$secure" dump.heap --ca-file certificate.pem
	refused "an unknown authority" "certificate" "--ca-file" "$secure"
	refused "another name" "did not answer" "--ca-file" "pyroscope+https://127.0.0.1:$port" \
		--ca-file certificate.pem
	refused "no TLS where there is" "did not answer" "" "pyroscope+http://localhost:$port"
else
	omit "there is no openssl"
fi

# Rules of Pyroscope's, and what helps.
start_pyroscope --max-size 100
refused "too large" "exceeds the size limit" "4 MiB" "pyroscope+$url"
refused "too large, by the push API" "400 Bad Request" "4 MiB" "pyroscope-push+$url"
start_pyroscope --tenants
refused "a tenant is missing" "401 Unauthorized: no org id" "--tenant ID" "pyroscope+$url"
succeed push "pyroscope+$url" dump.heap --tenant team-a
same "the tenant" team-a "$(tail -n 1 "$log" | jq -r .tenant)"

# Tokens.
umask 077
echo right >token
echo wrong >other
start_pyroscope --token right
refused "without a token" "401 Unauthorized" "--token-file" "pyroscope+$url"
refused "with another one" "401 Unauthorized" "not accepted" "pyroscope+$url" --token-file other
succeed push "pyroscope+$url" dump.heap --token-file token
start_pyroscope --password me:right
succeed push "pyroscope+$url" dump.heap --token-file token --user me
refused "another user" "401" "not accepted" "pyroscope+$url" --token-file token --user you
chmod 644 token
refused "a token for all to see" "others can read" "chmod 600" "pyroscope+$url" --token-file token
chmod 600 token
refused "no token" "missing" "" "pyroscope+$url" --token-file missing

# A redirect does not get it, nor is it followed.
start_pyroscope
elsewhere=$url elsewhere_log=$log
start_pyroscope
pyroscope_is redirect "$elsewhere/ingest"
refused "a redirect" "302 Found, to $elsewhere/ingest" "not followed" "pyroscope+$url" \
	--token-file token
same "nothing went there" 0 "$(wc -l <"$elsewhere_log")"

# What makes no sense is said before anything is sent.
wrong() {
	local what=$1 message=$2
	shift 2
	run push "$@"
	same "$what: status" 2 "$status"
	contains "$what" "$message" "$err"
}
wrong "no scheme" "is no URL" localhost:4040 dump.heap
contains "which one it could be" "http://localhost:4040" "$err"
wrong "a password in the URL" "is not taken" http://me:secret@h dump.heap
case $err in *secret*) fail "the password is shown" "$err" ;; esac
wrong "an unknown kind" "is no collector" http://h dump.heap --collector jaeger
wrong "two kinds" "the URL says" parca+http://h dump.heap --collector pyroscope
wrong "a label without a value" "is no label" http://h dump.heap --label env
wrong "a label with another name" "is no name of a label" "$pyroscope_url" dump.heap --label a-b=c \
	--collector parca
wrong "a user without a password" "needs a password" http://h dump.heap --user me
run push "$pyroscope_url"
same "no profile at all" 1 "$status"

finish
