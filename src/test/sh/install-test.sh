#!/bin/sh
# Where `make install`, `make deinstall`, `make dist` and the port put what, and that it runs there. Needs target/; works on a
# copy of the sources, as root and as nobody.
# shellcheck disable=SC2016 # words for a shell below
set -u
cd "$(dirname "$0")/../../.." || exit 1
project=$PWD
# The make that runs this test is not to tell its own variables to those below.
unset MAKEFLAGS MAKELEVEL MFLAGS
. src/test/sh/check.sh
chmod 755 "$tmp"

# same NAME FILE FILE: lists that are to be equal; what is only in one is shown.
same() {
	check "$1" "" "$(diff "$2" "$3" 2>&1 | grep '^[<>]')"
	check "$1: not empty" yes "$([ -s "$2" ] && echo yes)"
}

# nobody COMMAND...: without rights, where that can be.
nobody() {
	if [ "$(id -u)" -eq 0 ]; then
		HOME=/nonexistent setpriv --reuid=nobody --regid=nogroup --clear-groups "$@"
	else
		"$@"
	fi
}

# tree DIR: its files, with their modes; contents DIR: with what is in them.
tree() { (cd "$1" && find . -type f -exec stat -c '%n %a' {} + | sed 's|^\./||' | LC_ALL=C sort); }
contents() { (cd "$1" && find . -type f ! -name '*.jsa' -exec sha256sum {} + | LC_ALL=C sort -k 2); }
files() { (cd "$1" && find . -type f | sed 's|^\./||' | LC_ALL=C sort); }

# --- the papers

if command -v shellcheck > /dev/null; then
	check "shellcheck" "" "$(shellcheck -x -s sh src/test/sh/install-test.sh src/test/ports/copytree agent/install.sh 2>&1)"
fi
for page in agent/man/*.[1-9]; do
	if command -v mandoc > /dev/null; then
		# FreeBSD's manuals are not here.
		check "mandoc -Tlint ${page##*/}" "" \
			"$(mandoc -Tlint "$page" 2> /dev/null | grep -v 'referenced manual not found')"
		check "mandoc ${page##*/}: text" yes "$(mandoc -Tutf8 "$page" 2> /dev/null | grep -q BHYVESCOPE && echo yes)"
	else
		echo "# no mandoc: ${page##*/} is not judged"
	fi
done

if command -v bash > /dev/null; then
	# completes WORD...: what bash would offer for the last of them.
	completes() {
		bash -c '. agent/completion/bhyvescope.bash
			COMP_WORDS=(bhyvescope "$@") COMP_CWORD=$# COMPREPLY=()
			complete -p bhyvescope > /dev/null || exit 1
			_complete_bhyvescope
			echo ${COMPREPLY[*]}' bash "$@" 2> /dev/null
	}
	check "completion: a command" "capture captures" "$(completes capt)"
	check "completion: a flag" "--web.telemetry-path" "$(completes agent --web.t | tr ' ' '\n' | sed 's/=$//' | sort -u)"
	check "completion: a flag of another command is not offered" "" "$(completes version --web.t)"
fi

port=port/sysutils/bhyvescope
check "the port's script is ours (make port copies it)" "" "$(diff rc.d/bhyvescope.in $port/files/bhyvescope.in)"
check "the port's version is ours" "$(sed -n 's|^  <version>\(.*\)</version>|\1|p' pom.xml)" \
	"$(sed -n 's/^DISTVERSION=[[:blank:]]*//p' $port/Makefile)"

if [ ! -f target/bhyvescope.jar ] || ! agent/bin/bhyvescope --print-java > /dev/null 2>&1; then
	echo "# target/ is not built: the installation is left out"
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ]
	exit
fi

# --- a copy of the sources that nobody may read, too

# copy NAME: sources and what is built of them.
copy() {
	mkdir -p "$tmp/$1/target" "$tmp/$1/src/main"
	cp -R Makefile pom.xml ./*.md LICENSE agent rc.d dashboards docs port "$tmp/$1/"
	cp -R src/demo "$tmp/$1/src/"
	cp -R target/bhyvescope.jar target/lib "$tmp/$1/target/"
	chmod -R go+rX "$tmp/$1"
	touch "$tmp/$1/target/bhyvescope.jar"
}
copy one
cd "$tmp/one" || exit 1

# --- into a staging directory

stage=$tmp/stage
make -s install PREFIX=/opt/b DESTDIR="$stage" > "$tmp/out" 2>&1
check "install into a staging directory" "0 " "$? $(cat "$tmp/out")"
root=$stage/opt/b
grep -v '^@' "$root/share/bhyvescope/packing-list" > "$tmp/list"
files "$root" > "$tmp/there"
same "the packing list is what was installed" "$tmp/list" "$tmp/there"
check "the packing list names its directories" "" "$(cd "$root" && find . -mindepth 1 -type d | sed 's|^\./|@dir |' |
	grep -vxF -f share/bhyvescope/packing-list)"
check "nothing but under the prefix" "opt opt/b" "$(cd "$stage" && echo * */*)"
check "no file of a user: those are the package's business" "" "$(find "$root/etc" -type f ! -name '*.sample' ! -path '*/rc.d/*')"
check "the service knows its prefix" 'launcher="/opt/b/bin/bhyvescope"' "$(grep ^launcher= "$root/etc/rc.d/bhyvescope")"
check "no placeholder is left" "" "$(grep -rl '%%[A-Z]*%%' "$root" | grep -v '\.jar$')"
check "samples know their prefix" "0 /opt/b/libexec/bhyvescope/bhyvescope-gate" "$(
	grep -l /usr/local/libexec "$root"/etc/bhyvescope/* | wc -l) $(
	sed -n 's/^permit .* cmd \(.*\) args$/\1/p' "$root/etc/bhyvescope/doas.conf.sample")"
# dead DIR: links of its documents to files that are not there.
dead() {
	find "$1" -name '*.md' | while read -r file; do
		grep -o '](\([^)#:]*\)[)#]' "$file" | sed 's/^](\(.*\).$/\1/' | while read -r to; do
			[ -z "$to" ] || [ -e "${file%/*}/$to" ] || echo "$file: $to"
		done
	done
}
check "documents: no dead links" "" "$(dead "$root")"
check "documents: links were looked at" yes "$([ "$(find "$root" -name '*.md' -exec cat {} + | grep -c '](')" -gt 40 ] && echo yes)"
check "modes: programs and files" "bin/bhyvescope 755
etc/rc.d/bhyvescope 555
share/bhyvescope/demo/bhyvectl 755
share/man/man8/bhyvescope.8 644" "$(tree "$root" | grep -e '^bin/' -e '^etc/rc.d/' -e demo/bhyvectl -e man8)"
check "every alert has its runbook there" "" "$(sed -n 's|.*/runbooks/\([A-Za-z]*\.md\).*|\1|p' \
	"$root/share/bhyvescope/dashboards/prometheus/alerts.yml" | while read -r book; do
	[ -f "$root/share/bhyvescope/dashboards/runbooks/$book" ] || echo "$book"
done)"
contents "$stage" > "$tmp/first"
make -s install PREFIX=/opt/b DESTDIR="$stage" > "$tmp/out" 2>&1
check "installed twice" "0 " "$? $(cat "$tmp/out")"
contents "$stage" > "$tmp/second"
same "installed twice: the same" "$tmp/first" "$tmp/second"
sh agent/install.sh plist > "$tmp/plist"
same "the port's packing list (make port writes it)" "$tmp/plist" $port/pkg-plist
make -s deinstall PREFIX=/opt/b DESTDIR="$stage" > "$tmp/out" 2>&1
check "deinstalled" "0 " "$? $(cat "$tmp/out")"
check "deinstalled: nothing is left" "" "$(find "$root" -mindepth 1)"
again=$(make -s deinstall PREFIX=/opt/b DESTDIR="$stage" 2>&1 || echo failed)
check "deinstalled twice: says that there is nothing" "yes failed" \
	"$(echo "$again" | grep -q 'No bhyvescope is installed' && echo yes) $(echo "$again" | tail -n 1)"

sh agent/install.sh install /opt/b// "$stage" > "$tmp/out" 2>&1
check "a prefix with a slash at its end" "0 /opt/b/libexec/bhyvescope/bhyvescope-gate" "$? $(
	sed -n 's/^permit .* cmd \(.*\) args$/\1/p' "$root/etc/bhyvescope/doas.conf.sample")"
sh agent/install.sh deinstall /opt/b "$stage"
for prefix in "/opt/b c" '/opt/b&c' '/opt/b|c' opt/b ''; do
	said=$(sh agent/install.sh install "$prefix" "$stage" 2>&1)
	check "a prefix that is refused: $prefix" "1 PREFIX must be" "$? $(echo "$said" | cut -d ' ' -f 1-3)"
done
check "refused: nothing is installed" "" "$(find "$root" -type f)"

# --- for real, as nobody, into a prefix of its own

home=$tmp/nobody
mkdir "$home"
[ "$(id -u)" -ne 0 ] || chown nobody "$home"
prefix=$home/pre
mkdir_as() { nobody mkdir -p "$1"; }
mkdir_as "$prefix/etc/bhyvescope"
nobody sh -c 'echo mine > "$1/etc/bhyvescope/web.yml"' sh "$prefix"
nobody make -s install PREFIX="$prefix" > "$tmp/out" 2>&1
check "install as nobody" "0 " "$? $(cat "$tmp/out")"
conf=$prefix/etc/newsyslog.conf.d/bhyvescope.conf
check "a user's file is begun from its sample" "" "$(diff "$conf.sample" "$conf")"
check "a user's own file stays" mine "$(cat "$prefix/etc/bhyvescope/web.yml")"
check "other samples begin nothing" "no" "$([ -e "$prefix/etc/bhyvescope/logback.xml" ] && echo yes || echo no)"
program=$prefix/bin/bhyvescope
nobody "$program" version > "$tmp/out" 2>&1
check "it runs" "0 bhyvescope $(sed -n 's|^  <version>\(.*\)</version>|\1|p' pom.xml)" "$? $(head -n 1 "$tmp/out")"
nobody "$program" demo --no-prometheus --web.listen-address=127.0.0.1:0 --duration=3s > "$tmp/out" 2>&1
check "it runs: the demo, scraped by itself" "0 yes" "$? $(grep -q '^[0-9]* series scraped from ' "$tmp/out" && echo yes)"

archive=$prefix/share/java/bhyvescope/bhyvescope.jsa
if [ -f "$archive" ]; then
	loaded() {
		nobody env BHYVESCOPE_JAVA_OPTS=-Xlog:class+load "$program" version |
			sed -n 's/.*org\.bhyvescope\.cli\.Main source: //p'
	}
	check "the class-data archive is used" "shared objects file" "$(loaded)"
	before=$(stat -c %i "$archive")
	nobody "$program" --make-archive > "$tmp/out" 2>&1
	check "the archive fits: it is not made again" "0  $before" "$? $(cat "$tmp/out") $(stat -c %i "$archive")"
	sleep 1
	nobody touch "$prefix/share/java/bhyvescope/bhyvescope.jar"
	check "of another jar: left aside" "no" "$([ "$(loaded)" = "shared objects file" ] && echo yes || echo no)"
	nobody "$program" --make-archive
	check "of another jar: made anew, and used" "shared objects file" "$(loaded)"
	check "nothing else is left beside it" "bhyvescope.jar bhyvescope.jsa lib" \
		"$(cd "$prefix/share/java/bhyvescope" && echo *)"
	nobody chmod 555 "$prefix/share/java/bhyvescope"
	nobody touch "$prefix/share/java/bhyvescope/bhyvescope.jar"
	nobody "$program" --make-archive > "$tmp/out" 2>&1
	check "where it cannot be written: no error" "0 No class-data archive could be made: bhyvescope starts slower." \
		"$? $(cat "$tmp/out")"
	nobody chmod 755 "$prefix/share/java/bhyvescope"
else
	echo "# this Java makes no class-data archive: tests of it left out"
fi

# An upgrade: an older version had another sample, and a file that is gone. Without make, which would make the archive.
nobody sh -c 'echo old > "$1.sample" && echo old > "$1" && echo gone > "$2/share/bhyvescope/gone" &&
	echo share/bhyvescope/gone >> "$2/share/bhyvescope/packing-list"' sh "$conf" "$prefix"
nobody sh agent/install.sh install "$prefix"
check "upgrade: an unchanged file follows its sample" "" "$(diff agent/etc/newsyslog.conf.sample "$conf")"
check "upgrade: what is not in it any more is gone" "no" "$([ -e "$prefix/share/bhyvescope/gone" ] && echo yes || echo no)"
nobody sh -c 'echo "# changed" >> "$1"' sh "$conf"
nobody sh agent/install.sh install "$prefix"
check "upgrade: a changed file stays" "# changed" "$(tail -n 1 "$conf")"
nobody make -s deinstall PREFIX="$prefix" > "$tmp/out" 2>&1
check "deinstall tells of the changed file" "0 $conf was changed and stays." "$? $(grep changed "$tmp/out")"
check "deinstall leaves what is the user's, and no more" "etc/bhyvescope/web.yml
etc/newsyslog.conf.d/bhyvescope.conf" "$(files "$prefix")"
check "deinstall leaves no empty directory" "" "$(find "$prefix" -type d -empty)"

# --- the archive of the tree, and a port that is made of it

make -s dist > "$tmp/out" 2>&1
check "dist" 0 $?
ball=$(tail -n 1 "$tmp/out")
cd "$project" || exit 1
copy two
cd "$tmp/two" || exit 1
(umask 077 && TZ=Asia/Tokyo make -s dist > "$tmp/out" 2>&1)
check "dist, from another folder, an hour and a umask of its own: the same bytes" \
	"$(sha256sum < "$tmp/one/$ball")" "$(sha256sum < "$tmp/two/$ball")"
mkdir "$tmp/unpacked"
tar -xzf "$tmp/one/$ball" -C "$tmp/unpacked"
unpacked=$(echo "$tmp"/unpacked/bhyvescope-*)
"$unpacked/bin/bhyvescope" version > /dev/null
check "dist: unpacked it runs" 0 $?
if command -v bmake > /dev/null; then
	mkdir "$tmp/mk"
	: > "$tmp/mk/sys.mk"
	cp "$project"/src/test/ports/* "$tmp/mk/"
	(cd $port && bmake -m "$tmp/mk" DOUBLES="$tmp/mk" PREFIX=/usr/local STAGEDIR="$tmp/port" \
		WRKSRC="$unpacked" stage) > "$tmp/out" 2>&1
	check "the port's do-install" "0 " "$? $(grep -i 'error\|warning\|stop' "$tmp/out")"
	sed -e 's/^@sample //' -e '/^@/d' -e 's|%%ETCDIR%%|etc/bhyvescope|' -e 's|%%DATADIR%%|share/bhyvescope|' \
		-e 's|%%JAVASHAREDIR%%|share/java|' -e 's|%%PORTDOCS%%||' -e 's|%%DOCSDIR%%|share/doc/bhyvescope|' \
		-e 's|^\(share/man/.*\)\.gz$|\1|' $port/pkg-plist | LC_ALL=C sort > "$tmp/list"
	files "$tmp/port/usr/local" > "$tmp/there"
	same "the port stages what its packing list says" "$tmp/list" "$tmp/there"
	check "the port: programs stay programs" "bin/bhyvescope share/bhyvescope/demo/bhyvectl" \
		"$(cd "$tmp/port/usr/local" && find bin share -type f -perm -100 | grep -e '^bin' -e demo/bhyvectl | LC_ALL=C sort | tr '\n' ' ' | sed 's/ $//')"
fi

finish
