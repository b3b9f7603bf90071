#!/bin/sh
# Deploys the stack $SEAM_STACK, whose outputs stand in the script of that name:
# `deploy.sh plan` exits 0 when there is nothing to do and 2 when there is; `apply`; `destroy`.
set -eu

deployed=deployed-$SEAM_STACK
[ -n "${SEAM_UNKNOWN-}" ] || SEAM_UNKNOWN=/dev/null

# The text of an input of this name; `?` stands for what nobody knows yet.
input() {
  if grep -q "\"/$1[\"/]" "$SEAM_UNKNOWN"; then
    printf '?'
  else
    sed -n "s/.*\"$1\" *: *\"\{0,1\}\([^\",}]*\).*/\1/p" "$SEAM_INPUTS"
  fi
}

# The id of what is deployed here; `?` before it is.
id() {
  if [ "$command" = plan ] && [ ! -e "$deployed" ]; then
    printf '?'
  else
    printf '%s' "$SEAM_SYSTEM/$SEAM_STACK/$SEAM_ENVIRONMENT" | cksum | cut -d ' ' -f 1
  fi
}

# Writes one output, a JSON value; what holds a `?` is left out, and so unknown.
output_json() {
  case $2 in
    *\?*) return ;;
  esac
  printf '%s"%s": {"value": %s, "sensitive": %s}' "$separator" "$1" "$2" "${3-false}" >>"$SEAM_OUTPUTS"
  separator=', '
}

output() {
  output_json "$1" "\"$(printf '%s' "$2" | sed 's/[\\"]/\\&/g')\"" "${3-false}"
}

write_outputs() {
  separator=
  printf '{' >"$SEAM_OUTPUTS"
  outputs
  printf '}\n' >>"$SEAM_OUTPUTS"
}

command=$1
. "./$SEAM_STACK.sh"

case $command in
  plan)
    write_outputs
    if [ -e "$deployed" ] && [ "$(cat "$deployed")" = "$(cksum <"$SEAM_INPUTS")" ]; then
      exit 0
    fi
    exit 2
    ;;
  apply)
    write_outputs
    cksum <"$SEAM_INPUTS" >"$deployed"        # a checksum, because some inputs are secret
    echo "deployed $SEAM_STACK to $SEAM_ENVIRONMENT"
    ;;
  destroy)
    rm -f "$deployed"
    echo "destroyed $SEAM_STACK in $SEAM_ENVIRONMENT"
    ;;
esac
