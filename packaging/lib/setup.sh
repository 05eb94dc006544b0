# Sets the studio up on a Debian or Ubuntu machine. Sourced by packaging/run and packaging/test.
#
#   set_up EXTRAS WINDOW    EXTRAS: what pip installs besides the studio, "" or "[dev,training]"
#                           WINDOW: "window" checks for the libraries that a Qt window needs
#
# Everything is said on stderr, so that a command's own output stays clean. When nothing has changed
# since the last time, one checksum is all the work.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
venv=$root/.venv

# What Qt's platform plugins for X11 and Wayland load from the system: file, Debian package.
qt_libraries="
libEGL.so.1               libegl1
libGL.so.1                libgl1
libX11-xcb.so.1           libx11-xcb1
libdbus-1.so.3            libdbus-1-3
libfontconfig.so.1        libfontconfig1
libfreetype.so.6          libfreetype6
libgthread-2.0.so.0       libglib2.0-0
libwayland-client.so.0    libwayland-client0
libwayland-cursor.so.0    libwayland-cursor0
libxcb-cursor.so.0        libxcb-cursor0
libxcb-glx.so.0           libxcb-glx0
libxcb-icccm.so.4         libxcb-icccm4
libxcb-image.so.0         libxcb-image0
libxcb-keysyms.so.1       libxcb-keysyms1
libxcb-randr.so.0         libxcb-randr0
libxcb-render-util.so.0   libxcb-render-util0
libxcb-shape.so.0         libxcb-shape0
libxcb-shm.so.0           libxcb-shm0
libxcb-sync.so.1          libxcb-sync1
libxcb-xfixes.so.0        libxcb-xfixes0
libxcb-xkb.so.1           libxcb-xkb1
libxkbcommon-x11.so.0     libxkbcommon-x11-0
libxkbcommon.so.0         libxkbcommon0
"

say() { printf 'pentimento: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

set_up() {
    local extras=$1 window=${2:-}
    find_python
    need_packages "$window"
    # The folder itself is the lock: nothing to clean up, and it goes when the process does.
    exec 9<"$root/packaging"
    if ! flock --nonblock 9; then
        say "another set-up is at work; waiting for it …"
        flock 9
    fi
    install_studio "$extras"
    exec 9<&-
}

# Sets $python to a Python ≥ 3.11.
find_python() {
    local candidate
    for candidate in ${PENTIMENTO_PYTHON:+"$PENTIMENTO_PYTHON"} \
        python3.11 python3.12 python3.13 python3.14 python3; do
        # Run it: a version manager's shim exists for versions that are not installed.
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            python=$candidate
            return
        fi
        [ "$candidate" != "${PENTIMENTO_PYTHON:-}" ] ||
            die "PENTIMENTO_PYTHON is $candidate, which is no working Python 3.11 or newer."
    done
    die "Python 3.11 or newer is needed. On Debian or Ubuntu: sudo apt-get install python3"
}

# Installs the system's packages that are missing, as root; else says the line that does.
need_packages() {
    local window=$1 missing="" known library package
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        missing="python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
    if [ "$window" = window ]; then
        known=$(PATH=$PATH:/sbin:/usr/sbin ldconfig -p)
        while read -r library package; do
            [ -z "$library" ] || [[ $known == *"$library "* ]] || missing+=" $package"
        done <<<"$qt_libraries"
    fi
    [ -n "$missing" ] || return 0
    # shellcheck disable=SC2086 # one word for each package
    set -- $missing
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null ||
        die "some system packages are missing. Install them with: sudo apt-get install $*"
    say "installing system packages: $*"
    # Fresh machines have no package lists, or old ones: fetch them only when it takes that.
    apt_install "$@" >/dev/null 2>&1 || { apt-get -qq update && apt_install "$@"; } >&2 ||
        die "apt-get could not install them. What it said is above."
}

apt_install() {
    DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends -y "$@" </dev/null
}

# Makes the virtual environment and installs the studio, unless that was done for these very files.
install_studio() {
    local extras=$1 torch stamp stamp_file marker
    torch=$(torch_build)
    stamp=$(fingerprint "$torch")
    stamp_file=$venv/.ready-${extras:+with-extras}
    stamp_file=${stamp_file%-}
    marker=$venv/.installing
    # With the extras there is all that the plain studio needs.
    if [ "$(cat "$stamp_file" "$venv/.ready-with-extras" 2>/dev/null | head -n 1)" = "$stamp" ]; then
        return
    fi
    if [ -e "$marker" ] || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
        # Half an installation looks whole to pip: start anew, the downloads are in its cache.
        say "making the virtual environment $venv"
        "$python" -m venv --clear "$venv" >&2 || die "the virtual environment could not be made."
    fi
    rm -f "$venv"/.ready*
    : >"$marker"
    say "installing the studio; the first time takes a few minutes and about 2 GB of disk"
    install_torch "$torch" || die "torch could not be installed. Are you online? Then try again."
    pip_install -e "$root$extras" || die "the installation failed. Are you online? Then try again."
    rm "$marker"
    printf '%s\n' "$stamp" >"$stamp_file"
    say "installed."
}

# cpu or cuda: what PENTIMENTO_TORCH says, else cuda where an NVIDIA driver answers.
torch_build() {
    case ${PENTIMENTO_TORCH:-} in
    cpu | cuda) echo "$PENTIMENTO_TORCH" ;;
    "") if nvidia-smi -L >/dev/null 2>&1; then echo cuda; else echo cpu; fi ;;
    *) die "PENTIMENTO_TORCH is “$PENTIMENTO_TORCH”; it can be cpu or cuda." ;;
    esac
}

fingerprint() {
    {
        echo "$1 $root"
        "$python" -VV
        cat "$root/pyproject.toml" "$root/packaging/constraints.txt" "$root/packaging/lib/setup.sh"
    } | sha256sum
}

install_torch() {
    local build=$1 version
    version=$(sed -n 's/^torch==//p' "$root/packaging/constraints.txt")
    if [ "$build" = cuda ]; then
        # `===` compares as text and so passes over "+cpu" builds.
        pip_install "torch===$version"
    elif [ "$(uname -s)" != Linux ]; then
        pip_install "torch==$version"
    elif ! pip_install "torch==$version+cpu" 2>/dev/null; then
        # The standard index has only the CUDA build for Linux, 3 GB that a CPU has no use for.
        pip_install --extra-index-url https://download.pytorch.org/whl/cpu "torch==$version+cpu"
    fi
}

pip_install() {
    local quiet=(-qq --progress-bar off)
    [ ! -t 2 ] || quiet=()
    "$venv/bin/python" -m pip --disable-pip-version-check install "${quiet[@]}" \
        --constraint "$root/packaging/constraints.txt" "$@" >&2 </dev/null
}
