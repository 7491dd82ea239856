# shellcheck shell=sh
# For the tests in this folder to source: a folder of their own in $tmp, check, and finish, which is what they end with.

# The real path, as programs will see it.
tmp=$(cd "$(mktemp -d)" && pwd -P)
trap 'rm -rf "$tmp"' EXIT
passed=0
failed=0

# check NAME EXPECTED ACTUAL
check() {
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
		echo "ok $1"
	else
		failed=$((failed + 1))
		printf 'not ok %s\n  expected: %s\n  actual:   %s\n' "$1" "$2" "$3"
	fi
}

finish() {
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ]
}
