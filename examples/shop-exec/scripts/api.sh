# shellcheck shell=sh
# It needs all of its inputs to plan (no `plan_unknown` in its stack.yaml), so it is put off until
# the database is there.
outputs() {
  output url "https://$(id).api.example"
  output release "$(input release)"
}
