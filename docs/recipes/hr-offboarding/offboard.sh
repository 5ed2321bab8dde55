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
# It ends with 0 when every token is dead, with 3 when some are not, and otherwise when it could not
# be done.
set -eu
umask 077

name=$(basename "$1" .csv)
here=$(dirname "$0")
run=${OFFBOARDING_DIR:-offboarding}/$name
leavers=$run/leavers.csv
tokens=$run/tokens.csv
state=$tokens.rescind-state.json
mkdir -p "$run"

# A run is of one list: a newer one by the same name would pass for done.
if [ ! -e "$leavers" ]; then
  cp "$1" "$leavers.new"
  mv "$leavers.new" "$leavers"
elif ! cmp -s "$1" "$leavers"; then
  echo "$run is of another list of leavers: give each list a name of its own, as by its date" >&2
  exit 1
fi

if [ ! -e "$run/revocation" ]; then
  # Kept until all of it is sent: a run that was interrupted goes on with the same file only.
  if [ ! -e "$tokens" ]; then
    npx node "$here/export.ts" "$leavers" > "$tokens.new"
    mv "$tokens.new" "$tokens"
  fi
  if [ "$(wc -l < "$tokens")" -le 1 ]; then
    echo "nobody in $1 has a token" >&2
    rm "$tokens"
    exit 0
  fi
  if [ ! -e "$state" ]; then
    # Lines that cannot be sent end it with 3; the gate tells which.
    npx rescind bulk "$tokens" --dry-run --json > "$run/plan.json" || [ $? -eq 3 ]
    if ! npx node "$here/gate.ts" "$run/plan.json" "${OFFBOARDING_MOST:-200}"; then
      rm "$tokens"
      exit 1
    fi
  fi
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
  echo "some tokens of $id may still be alive:" >&2
  npx rescind dead-letters --revocation "$id" >&2
fi
exit $code
