# shellcheck shell=sh
# An alarm for each service: the keys of the map.
outputs() {
  services=$(sed -n 's/.*"services" *: *{\([^}]*\)}.*/\1/p' "$SEAM_INPUTS" | tr ',' '\n' | cut -d '"' -f 2)
  alarms=
  for service in $services; do
    alarms="$alarms${alarms:+, }\"$service\": \"alarm-$(id)-$service\""
  done
  output_json alarms "{$alarms}"
}
