#!/bin/sh
# record-testpmd.sh - runs the real dpdk-testpmd and keeps the run in a folder, on a host that has no Node, so that
# `ringbed compare testpmd --against DIR` can hold ours against it elsewhere.
#
#   record-testpmd.sh DIR COMMANDS-FILE dpdk-testpmd-arguments...
#
# COMMANDS-FILE has a console command a line; `sleep SECONDS` is time between two. Each command waits for the prompt. DIR gets run.json,
# stdout.txt, stderr.txt, the captures that were written (tx_pcap), and copies of what was read (rx_pcap and files of commands).
# DPDK_TESTPMD names another program. Needs a POSIX sh, stdbuf, sha256sum, mktemp.
set -u
LC_ALL=C
export LC_ALL
PROMPT='testpmd> '
PROMPT_SECONDS=60
END_SECONDS=30

fail() {
  printf 'record-testpmd: %s\n' "$1" >&2
  exit "${2:-2}"
}

[ $# -ge 3 ] || fail "usage: record-testpmd.sh DIR COMMANDS-FILE dpdk-testpmd-arguments..."
folder=$1
list=$2
shift 2
program=${DPDK_TESTPMD:-dpdk-testpmd}
for tool in "$program" stdbuf sha256sum mktemp; do
  command -v "$tool" > /dev/null 2>&1 || fail "found no $tool, expected it on this host"
done
[ -r "$list" ] || fail "found no $list, expected a file of commands"
here=$(pwd)
mkdir -p "$folder/inputs" || exit 2
folder=$(cd "$folder" && pwd) || exit 2
work=$(mktemp -d) || exit 2
mkdir "$work/cwd"
pid=

clean() {
  [ -z "$pid" ] || kill -9 "$pid" 2> /dev/null
  rm -rf "$work"
}
trap clean EXIT
trap 'exit 3' INT TERM HUP

# A text as a JSON string.
quote() {
  printf '"%s"' "$(printf '%s' "$1" | tr -d '\r' | sed 's/\\/\\\\/g; s/"/\\"/g; s/	/\\t/g')"
}

# A rule for sed that turns one text into another.
rename_in_output() {
  from=$(printf '%s' "$1" | sed 's/[][\.*^$|]/\\&/g')
  to=$(printf '%s' "$2" | sed 's/[\&|]/\\&/g')
  printf 's|%s|%s|g\n' "$from" "$to" >> "$work/rename.sed"
}

words= commands= inputs= captures= outputs=
: > "$work/rename.sed"

# input PATH: a file that is read. Sets `absolute`.
input() {
  case $1 in
    /*) absolute=$1 ;;
    *) absolute=$here/$1 ;;
  esac
  [ "$absolute" = "$1" ] || rename_in_output "$absolute" "$1"
  [ -r "$absolute" ] || return 0
  sum=$(sha256sum < "$absolute" | cut -c 1-64)
  cp "$absolute" "$folder/inputs/$(printf '%s' "$sum" | cut -c 1-12)-${1##*/}" || exit 2
  inputs="$inputs${inputs:+, }$(quote "$1"): \"$sum\""
}

# output PATH: a capture that is written, in a folder of this run. Sets `name`.
output() {
  name=${1##*/}
  case "/$outputs/" in
    */"$name"/*) fail "found tx_pcap $name twice, expected a name of its own each" ;;
  esac
  outputs="$outputs${outputs:+/}$name"
  [ "$name" = "$1" ] || rename_in_output "$name" "$1"
}

# vdev VALUE. Sets `placed`.
vdev() {
  placed=
  rest=$1
  while [ -n "$rest" ]; do
    part=${rest%%,*}
    case $rest in
      *,*) rest=${rest#*,} ;;
      *) rest= ;;
    esac
    case $part in
      rx_pcap=*)
        input "${part#rx_pcap=}"
        part=rx_pcap=$absolute
        ;;
      tx_pcap=*)
        output "${part#tx_pcap=}"
        part=tx_pcap=$name
        ;;
    esac
    placed=$placed${placed:+,}$part
  done
}

# The arguments with their files where this run has them: each is taken from the front and put at the end.
before=
own=no
interactive=no
left=$#
while [ "$left" -gt 0 ]; do
  word=$1
  shift
  left=$((left - 1))
  words="$words${words:+, }$(quote "$word")"
  placed=$word
  case $before in
    --vdev) vdev "$word" ;;
    --cmdline-file | --eth-peers-configfile)
      input "$word"
      placed=$absolute
      ;;
    *)
      case $word in
        --vdev=*)
          vdev "${word#--vdev=}"
          placed=--vdev=$placed
          ;;
        --cmdline-file=* | --eth-peers-configfile=*)
          input "${word#*=}"
          placed=${word%%=*}=$absolute
          ;;
        --) own=yes ;;
        --i*) [ "$own" = no ] || interactive=yes ;;
        --*) ;;
        -*i*) [ "$own" = no ] || interactive=yes ;;
      esac
      ;;
  esac
  before=$word
  set -- "$@" "$placed"
done

prompts() {
  tr -d '\000' < "$work/stdout" | grep -o "$PROMPT" | wc -l
}

is_running() {
  kill -0 "$pid" 2> /dev/null
}

pause() {
  sleep "$1" 2> /dev/null || sleep 1 # a sleep without fractions
}

# until_prompts N: waits until more than N have been shown, or the program has ended.
until_prompts() {
  end=$(($(date +%s) + PROMPT_SECONDS))
  while [ "$(prompts)" -le "$1" ] && is_running; do
    [ "$(date +%s)" -le "$end" ] || fail "found nothing for $PROMPT_SECONDS s, expected a prompt" 3
    pause 0.05
  done
}

version=$("$program" -v -h 2>&1 | sed -n "s/.*RTE Version: '\([^']*\)'.*/\1/p" | head -n 1)
cpu=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2> /dev/null | head -n 1)

mkfifo "$work/stdin" || exit 2
: > "$work/stdout"
(cd "$work/cwd" && exec stdbuf -o0 "$program" "$@") < "$work/stdin" > "$work/stdout" 2> "$work/stderr" &
pid=$!
exec 3> "$work/stdin"
trap '' PIPE # it may end before its commands do
if [ "$interactive" = yes ]; then until_prompts 0; else pause 1.5; fi

while IFS= read -r line || [ -n "$line" ]; do
  line=$(printf '%s' "$line" | tr -d '\r')
  commands="$commands${commands:+, }$(quote "$line")"
  typed=$line
  set -f
  # shellcheck disable=SC2086
  set -- $line
  set +f
  case ${1-} in
    sleep)
      case ${2-} in
        *[0-9]*) pause "$2" && continue ;;
      esac
      ;;
    load)
      input "${2-}"
      typed="load $absolute"
      ;;
  esac
  is_running || continue
  shown=$(prompts)
  printf '%s\n' "$typed" >&3 2> /dev/null
  [ "$interactive" = no ] || until_prompts "$shown"
done < "$list"

exec 3>&-
end=$(($(date +%s) + END_SECONDS))
while is_running; do
  [ "$(date +%s)" -le "$end" ] || fail "found it running after $END_SECONDS s, expected its end" 3
  pause 0.05
done
wait "$pid"
code=$?
pid=
[ "$code" -le 128 ] || code=null

sed -f "$work/rename.sed" < "$work/stdout" > "$folder/stdout.txt" || exit 3
sed -f "$work/rename.sed" < "$work/stderr" > "$folder/stderr.txt" || exit 3
rest=$outputs
while [ -n "$rest" ]; do
  name=${rest%%/*}
  case $rest in
    */*) rest=${rest#*/} ;;
    *) rest= ;;
  esac
  [ -f "$work/cwd/$name" ] || continue
  rm -f "$folder/$name.gz"
  cp "$work/cwd/$name" "$folder/$name" || exit 3
  captures="$captures${captures:+, }$(quote "$name")"
done
cat > "$folder/run.json" << END
{
  "format": "ringbed-testpmd-run/1",
  "version": $(quote "${version:-unknown version}"),
  "cpu": $(quote "${cpu:-unknown}"),
  "words": [$words],
  "commands": [$commands],
  "exitCode": $code,
  "inputs": {$inputs},
  "captures": [$captures]
}
END
printf 'recorded: %s\n' "$folder" >&2
