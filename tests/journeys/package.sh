#!/usr/bin/env bash
# The life of the Debian package on a copy-on-write copy of this machine, which
# is gone afterwards: installed, used, upgraded, removed, installed again,
# purged, and installed where there is no systemd.
#
#   package.sh OLD.deb NEW.deb SCRATCH_FOLDER     as root
set -euo pipefail

if [ "${INSIDE:-}" = "" ]; then
    old=$1 new=$2 scratch=$3
    export old new scratch
    # shellcheck disable=SC2016
    exec unshare --mount --propagation private bash -euc '
        mount -t tmpfs tmpfs "$scratch"
        mkdir "$scratch/upper" "$scratch/work" "$scratch/root"
        mount -t overlay overlay \
            -o "lowerdir=/,upperdir=$scratch/upper,workdir=$scratch/work" "$scratch/root"
        mount -t proc proc "$scratch/root/proc"
        mount --bind /dev "$scratch/root/dev"
        mkdir -p "$scratch/root/srv/package"
        cp "$old" "$scratch/root/srv/package/old.deb"
        cp "$new" "$scratch/root/srv/package/new.deb"
        cp "$0" "$scratch/root/srv/package/run"
        INSIDE=yes exec chroot "$scratch/root" bash /srv/package/run' "$0"
fi

cd /srv/package
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C DEBIAN_FRONTEND=noninteractive
# Every dpkg run would have the manual pages of the whole machine indexed again.
[ ! -e /usr/bin/mandb ] || ln -sf /bin/true /usr/bin/mandb
config=/etc/retaind/retaind.toml
state=/var/lib/retaind

say() { printf '== %s\n' "$*"; }
is() { # GOT EXPECTED
    if [ "$1" != "$2" ]; then
        printf 'expected: %s\ngot:      %s\n' "$2" "$1" >&2
        exit 1
    fi
}
says() { # WORDS: what is piped in holds them
    local text
    text=$(cat)
    printf '%s\n' "$text"
    grep -qF -- "$1" <<<"$text" || { printf 'does not say: %s\n' "$1" >&2; exit 1; }
}
rights() { stat -c '%a %U %G' "$1"; }
as_daemon() { setpriv --reuid retaind --regid retaind --init-groups -- "$@"; }
check_rights() {
    is "$(rights /etc/retaind)" '750 root retaind'
    is "$(rights /etc/retaind/stores.d)" '750 root retaind'
    is "$(rights $config)" '640 root retaind'
    is "$(rights /etc/retaind/people.csv)" '640 root retaind'
    is "$(rights $state)" '700 retaind retaind'
}

say install
dpkg -i old.deb 2>&1 | says "mend $config"
check_rights
retaind --version
dpkg --verify retaind
zcat /usr/share/man/man1/retaind.1.gz | says '.TH' >/dev/null
bash -n /usr/share/bash-completion/completions/retaind
# Whatever page or file the shipped pages send a reader to is shipped too.
shared=/usr/share/doc/retaind
for page in $(grep -ohE 'docs/[A-Z]+\.md' $shared/README.md | sort -u); do
    test -s "$shared/$page" || { echo "README.md names $page, which is not there" >&2; exit 1; }
done
for file in $(grep -ohE '/usr/share/[A-Za-z0-9./_-]+\.(toml|yml|md)' $shared/README.md $shared/docs/*.md $config |
    sort -u); do
    test -s "$file" || { echo "$file is named and not there" >&2; exit 1; }
done

say 'as it comes'
open() { grep -cE "$1" <<<"$2" || true; } # how much is to be seen to
checked=$(as_daemon retaind check)
is "$(open '\(a warning\)' "$checked")" 1
says "Mend what stands in capitals" <<<"$checked"
doctor=$(as_daemon retaind doctor || true)
is "$(open '^(look|WRONG)' "$doctor")" 2
says 'Mend what stands in capitals' <<<"$doctor"
says 'systemctl enable --now retaind' <<<"$doctor"

say units
is "$(systemd-analyze verify --man=no retaind.service retaind.socket 2>&1 | grep -i retaind || true)" ''
exposure=$(systemd-analyze security --offline=yes retaind.service |
    sed -n 's/.*exposure level for retaind.service: \([0-9.]*\).*/\1/p')
echo "exposure $exposure"
awk -v exposure="$exposure" -v ceiling="$EXPOSURE" \
    'BEGIN { exit !(exposure != "" && ceiling != "" && exposure + 0 <= ceiling + 0) }' || {
    echo "the unit is exposed to $exposure, and docs/OPERATIONS.md says $EXPOSURE" >&2
    exit 1
}
drop_in=/etc/systemd/system/retaind.service.d
mkdir -p "$drop_in"
sed -e 's/^# \([A-Z][A-Za-z]*=\)/\1/' -e 's/^# \[Unit\]/[Unit]/' \
    /usr/share/doc/retaind/examples/retaind.service.d/stores.conf.example >"$drop_in/stores.conf"
is "$(systemd-analyze verify --man=no retaind.service 2>&1 | grep -i 'stores.conf' || true)" ''
rm -r "$drop_in"

say use
sed -i 's/NAME OF THE COUNCIL/Trentside County Council/' $config
printf 'name,email,os_user,roles\nA Person,a@trentside.example,retaind,operator\n' >/etc/retaind/people.csv
as_daemon retaind check
as_daemon retaind hold list
doctor=$(as_daemon retaind doctor || true)
says 'nobody on the people list is a records manager' <<<"$doctor"
says 'retaind register import FILE' <<<"$doctor"
files=$(find $state -type f -printf '%U %p\n')

say 'as root, and as who signed in'
refused() { # as root nothing is touched
    local said
    said=$("$@" 2>&1) && { echo "root may: $*" >&2; exit 1; }
    says 'sudo -u retaind retaind' <<<"$said"
}
for command in check doctor backup 'hold list' 'jobs run expire' 'mail send' 'change list' serve; do
    # shellcheck disable=SC2086
    refused retaind $command
done
is "$(find $state -type f -printf '%U %p\n')" "$files"
useradd --no-create-home ada
ada=$(id -u ada)
signed_in() ( # UID COMMAND...: as in a session in which this user signed in
    echo "$1" >/proc/self/loginuid
    shift
    "$@"
)
# Without a line on the people list Ada is nobody, though the daemon's user is somebody.
lists_holds() { env SUDO_UID="$ada" setpriv --reuid retaind --regid retaind --init-groups -- retaind hold list 2>&1; }
{ signed_in "$ada" lists_holds || true; } |
    says 'tied to the operating-system user `ada`'
echo 'Ada Bell,ada@trentside.example,ada,records-manager' >>/etc/retaind/people.csv
signed_in "$ada" lists_holds
# What anybody may say of themselves is not believed: this is the daemon's user.
sed -i '/^A Person/d' /etc/retaind/people.csv
{ lists_holds || true; } | says 'tied to the operating-system user `retaind`'
printf 'name,email,os_user,roles\nA Person,a@trentside.example,retaind,operator\n' >/etc/retaind/people.csv
as_daemon retaind hold list
key=$(sha256sum $state/digest.key)
head=$(as_daemon retaind --json audit verify)
configured=$(sha256sum $config)

say upgrade
dpkg-deb -R new.deb tree
echo '# A setting that the new version has.' >>tree$config
dpkg-deb --build tree newer.deb >/dev/null
dpkg --force-confold -i newer.deb
is "$(sha256sum $config)" "$configured"
is "$(test -e $config.dpkg-dist && echo there)" there
is "$(sha256sum $state/digest.key)" "$key"
is "$(as_daemon retaind --json audit verify)" "$head"
check_rights

say remove
dpkg -r retaind 2>&1 | says "the catalogue and the keys stay in $state"
is "$(ls /usr/bin/retaind 2>/dev/null || true)" ''
is "$(sha256sum $config)" "$configured"
is "$(sha256sum $state/digest.key)" "$key"

say install again
dpkg --force-confold -i newer.deb
is "$(as_daemon retaind --json audit verify)" "$head"

say purge
dpkg -P retaind 2>&1 | says "purging $state with everything in it"
is "$(ls -d /etc/retaind $state /usr/share/doc/retaind 2>/dev/null || true)" ''
is "$(getent passwd retaind | cut -d : -f 1)" retaind

say install without systemd
rm -f /usr/bin/systemd-sysusers /usr/bin/systemd-tmpfiles /bin/systemd-sysusers /bin/systemd-tmpfiles
userdel retaind
dpkg -i old.deb
check_rights
dpkg -P retaind
say well
