# shellcheck shell=sh
outputs() {
  output url "https://$(input name)-$(id).example"
}
