# shellcheck shell=sh
outputs() {
  region=$(input region)
  zones=$(sed -n 's/.*"zones" *: *\[\([^]]*\)\].*/\1/p' "$SEAM_INPUTS" | tr -d '"' | tr ',' ' ')
  subnets=
  for zone in $zones; do
    subnets="$subnets${subnets:+, }{\"id\": \"subnet-$(id)-$zone\", \"zone\": \"$region$zone\"}"
  done
  output vpc_id "vpc-$(id)"
  output_json subnets "[$subnets]"
}
