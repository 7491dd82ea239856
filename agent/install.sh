#!/bin/sh
# Installs bhyvescope, and takes it away again. `make` calls it, from the folder of the sources:
#
#   sh agent/install.sh install PREFIX DESTDIR     again and again if wanted: the same tree
#   sh agent/install.sh deinstall PREFIX DESTDIR   needs nothing but what the installation wrote down
#   sh agent/install.sh plist                      the port's pkg-plist
#
# What is installed stands in files() and nowhere else. The installation writes it down in share/bhyvescope/packing-list:
# a path under PREFIX a line, "@sample FILE" where FILE is a user's that FILE.sample began, "@made FILE" what the
# program makes for itself, "@dir DIR" a directory that was not there before.
set -eu

MADE=share/java/bhyvescope/bhyvescope.jsa
LIST=share/bhyvescope/packing-list
TAB=$(printf '\t')

# MODE, source and target (under PREFIX) of each file; ":" before the mode: %%PREFIX%% in it becomes the prefix, and links to
# dashboards/ lead to where those are installed.
files() {
	one 755 agent/bin/bhyvescope bin/bhyvescope
	one :555 rc.d/bhyvescope.in etc/rc.d/bhyvescope
	one 644 agent/etc/newsyslog.conf.sample etc/newsyslog.conf.d/bhyvescope.conf.sample
	for file in agent/etc/*.sample; do
		[ "$file" = agent/etc/newsyslog.conf.sample ] || one :644 "$file" "etc/bhyvescope/${file##*/}"
	done
	each 555 libexec/bhyvescope agent/libexec/*
	one 644 target/bhyvescope.jar share/java/bhyvescope/bhyvescope.jar
	each 644 share/java/bhyvescope/lib target/lib/*.jar
	tree src/demo share/bhyvescope/demo
	tree dashboards/grafana share/bhyvescope/dashboards/grafana
	each 644 share/bhyvescope/dashboards/prometheus dashboards/prometheus/*.yml
	tree dashboards/runbooks share/bhyvescope/dashboards/runbooks
	one 644 agent/completion/bhyvescope.bash share/bash-completion/completions/bhyvescope
	for file in agent/man/*.[1-9]; do
		one 644 "$file" "share/man/man${file##*.}/${file##*/}"
	done
	each :644 share/doc/bhyvescope ./*.md LICENSE
	each :644 share/doc/bhyvescope/docs docs/*.md
	each 644 share/doc/bhyvescope/docs docs/*.json
	each 644 share/doc/bhyvescope/docs/dashboards docs/dashboards/*.png
}

# one MODE SOURCE TARGET
one() {
	printf '%s\t%s\t%s\n' "$1" "$2" "$3"
}

# each MODE TARGET-FOLDER FILE...: those of them that are files.
each() {
	mode=$1
	folder=$2
	shift 2
	for file; do
		[ ! -f "$file" ] || one "$mode" "$file" "$folder/${file##*/}"
	done
}

# tree SOURCE-FOLDER TARGET-FOLDER: all below it; programs stay programs.
tree() {
	find "$1" -type f | LC_ALL=C sort | while read -r file; do
		mode=644
		[ ! -x "$file" ] || mode=755
		one "$mode" "$file" "$2${file#"$1"}"
	done
}

# Users' files that a sample begins: only those that are good for every host. The others are copied by whoever wants them.
samples() {
	echo etc/newsyslog.conf.d/bhyvescope.conf
}

# Makes a directory under the root, and writes down which ones were missing.
directory() {
	[ ! -d "$root/$1" ] || return 0
	case $1 in */*) directory "${1%/*}" ;; esac
	install -d -m 755 "$root/$1"
	printf '@dir %s\n' "$1" >> "$new"
}

# Takes what the list $1 names away; of the lines also in the list $2, nothing.
remove() {
	# "@" comes first: a user's file is compared with its sample while that is there.
	LC_ALL=C sort "$1" | while read -r line; do
		[ ! -s "$2" ] || ! grep -qxF -e "$line" "$2" || continue
		case $line in
		'@dir '*) ;;
		'@sample '*)
			file=$root/${line#@sample }
			if [ -f "$file" ] && cmp -s "$file" "$file.sample"; then
				rm -f "$file"
			elif [ -f "$file" ]; then
				echo "$file was changed and stays."
			fi
			;;
		'@made '*) rm -f "$root/${line#@made }" ;;
		*) rm -f "$root/$line" ;;
		esac
	done
	# Deepest first; what holds somebody else's files stays.
	sed -n 's/^@dir //p' "$1" | LC_ALL=C sort -r | while read -r line; do
		[ -s "$2" ] && grep -qxF -e "@dir $line" "$2" || rmdir "$root/$line" 2> /dev/null || :
	done
}

install_all() {
	new=$(mktemp)
	trap 'rm -f "$new" "$new".*' EXIT
	old=$new.old
	: > "$old"
	[ ! -f "$root/$LIST" ] || cp "$root/$LIST" "$old"
	install -d -m 755 "$root"
	files > "$new.files"
	while IFS=$TAB read -r mode source target; do
		directory "${target%/*}"
		printf '%s\n' "$target" >> "$new"
		# An unchanged file of the user follows its sample.
		case $target in
		*.sample)
			if [ -f "$root/$target" ] && cmp -s "$root/$target" "$root/${target%.sample}"; then
				printf '%s\n' "${target%.sample}" >> "$new.same"
			fi
			;;
		esac
		rm -f "$root/$target"
		case $mode in
		:*)
			# The documents are UTF-8, whatever the locale.
			LC_ALL=C sed -e "s|%%PREFIX%%|$prefix|g" \
				-e 's|](\(\(\.\./\)*\)dashboards/\([a-z]*/\)|](\1../../bhyvescope/dashboards/\3|g' "$source" > "$root/$target"
			chmod "${mode#:}" "$root/$target"
			;;
		*) install -m "$mode" "$source" "$root/$target" ;;
		esac
	done < "$new.files"
	for file in $(samples); do
		printf '@sample %s\n' "$file" >> "$new"
		# In a staging directory there is no user: a package does this where it is installed.
		if [ -z "$destdir" ]; then
			if [ ! -e "$root/$file" ] || { [ -f "$new.same" ] && grep -qxF -e "$file" "$new.same"; }; then
				install -m 644 "$root/$file.sample" "$root/$file"
			fi
		fi
	done
	printf '@made %s\n%s\n' "$MADE" "$LIST" >> "$new"
	# Directories that an earlier installation made are still ours.
	sed -n '/^@dir /p' "$old" >> "$new"
	LC_ALL=C sort -u "$new" > "$new.sorted"
	remove "$old" "$new.sorted"
	rm -f "$root/$MADE" # of another build
	install -m 644 "$new.sorted" "$root/$LIST"
}

deinstall_all() {
	[ -f "$root/$LIST" ] || {
		echo "No bhyvescope is installed under $root: there is no $LIST." >&2
		exit 1
	}
	new=$(mktemp)
	trap 'rm -f "$new"' EXIT
	cp "$root/$LIST" "$new"
	remove "$new" /dev/null
	[ -n "$destdir" ] || for left in /var/db/bhyvescope /var/log/bhyvescope "$prefix/etc/bhyvescope"; do
		[ ! -e "$left" ] || echo "$left stays: remove it if you want nothing back."
	done
}

# The ports' words for our folders. The rc.d script is added by USE_RC_SUBR, manual pages are compressed by the framework.
plist() {
	{
		files | cut -f 3
		echo $LIST
	} | LC_ALL=C sort -u | while read -r file; do
		case $file in
		etc/rc.d/*) continue ;;
		share/man/*) file=$file.gz ;;
		*.sample) ! samples | grep -qxF -e "${file%.sample}" || file="@sample $file" ;;
		esac
		printf '%s\n' "$file"
	done | sed \
		-e 's|^etc/bhyvescope/|%%ETCDIR%%/|' \
		-e 's|^share/bhyvescope/|%%DATADIR%%/|' \
		-e 's|^share/java/|%%JAVASHAREDIR%%/|' \
		-e 's|^share/doc/bhyvescope/|%%PORTDOCS%%%%DOCSDIR%%/|'
	# Made at the first start, so pkg(8) does not know it.
	printf '@preunexec rm -f %%D/%%%%JAVASHAREDIR%%%%/%s\n' "${MADE#share/java/}"
}

if [ "$1" = plist ]; then
	plist
	exit
fi
# It stands in the samples and the service as it is given.
prefix=$2
while [ "${prefix%/}" != "$prefix" ]; do prefix=${prefix%/}; done
destdir=${3-}
root=$destdir$prefix
case $prefix in
*[!A-Za-z0-9/._+@~-]*)
	echo "PREFIX must be of letters, digits and / . _ + @ ~ -, not $prefix: rules of doas and rc scripts name it." >&2
	exit 1
	;;
/*) ;;
*)
	echo "PREFIX must be an absolute path, not $2." >&2
	exit 1
	;;
esac
case $1 in
install) install_all ;;
deinstall) deinstall_all ;;
*)
	echo "install, deinstall or plist?" >&2
	exit 2
	;;
esac
