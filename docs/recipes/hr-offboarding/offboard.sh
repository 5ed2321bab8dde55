#!/bin/sh
# Revokes every token of the people in a CSV of leavers. Meant for cron, in the project's folder:
#
#     docs/recipes/hr-offboarding/offboard.sh LEAVERS.csv
#
# After any failure run it again: it goes on where it stopped, and what is done is not done twice.
#
#     OFFBOARDING_DIR    where each run keeps its files (offboarding)
#     OFFBOARDING_MOST   how many tokens may be revoked without a person's word (200)
#
# It ends with 0 when every token is dead, with 3 when some may not be, with 2 when the list or a
# setting is wrong, and otherwise when it could not be done.
set -eu
umask 077

if [ $# -ne 1 ]; then
  echo "usage: offboard.sh LEAVERS.csv" >&2
  exit 2
fi
if ! [ -f "$1" ] || ! [ -r "$1" ]; then
  echo "$1 is not a file that can be read" >&2
  exit 2
fi

name=$(basename "$1" .csv)
here=$(dirname "$0")
run=${OFFBOARDING_DIR:-offboarding}/$name
leavers=$run/leavers.csv
tokens=$run/tokens.csv
state=$tokens.rescind-state.json
mkdir -p "$run"

# The kernel lets go of it however this ends. Where there is no flock, as on macOS, nothing is locked.
exec 9> "$run/lock"
if command -v flock > /dev/null && ! flock -n 9; then
  echo "another job is at work on $run: nothing was done" >&2
  exit 1
fi

# A run is of one list: a newer one by the same name would pass for done.
if [ -e "$leavers" ] && ! cmp -s "$1" "$leavers"; then
  echo "$run is of another list of leavers: give each list a name of its own, as by its date" >&2
  exit 1
fi

if [ ! -e "$leavers" ]; then
  # Nothing is sent before the gate has let it through, so a list that is mended may keep its name.
  trap 'rm -f "$tokens" "$leavers.new"' EXIT
  cp "$1" "$leavers.new"
  npx node "$here/export.ts" "$leavers.new" > "$tokens"
  if [ "$(wc -l < "$tokens")" -le 1 ]; then
    echo "nobody in $1 has a token" >&2
    exit 0
  fi
  # Lines that cannot be sent end it with 3; the gate tells which.
  npx rescind bulk "$tokens" --dry-run --json > "$run/plan.json" || [ $? -eq 3 ]
  npx node "$here/gate.ts" "$run/plan.json" "${OFFBOARDING_MOST:-200}"
  mv "$leavers.new" "$leavers"
  trap - EXIT
fi

if [ ! -e "$run/revocation" ]; then
  # Interrupted, it goes on with the same file of tokens, and with no other.
  npx rescind bulk "$tokens" --label "offboarding $name" > "$run/revocation.new"
  mv "$run/revocation.new" "$run/revocation"
fi
# Rescind has the tokens, sealed.
rm -f "$tokens" "$state"

id=$(cat "$run/revocation")
code=0
npx rescind status "$id" --watch || code=$?
case $code in
  0 | 3) npx rescind report "$id" --output "$run/report.html" --overwrite ;;
  *) exit $code ;;
esac
if [ $code -eq 3 ]; then
  echo "these tokens of $id may still be alive:" >&2
  for outcome in parked unsupported abandoned; do
    npx rescind outcomes "$id" --outcome $outcome >&2
  done
fi
exit $code
