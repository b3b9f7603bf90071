# shellcheck shell=sh
outputs() {
  output table "$(input name)"
  output stream "stream-$(id)"
  output connection "postgres://shop:$(input password)@$(id)/orders" true
}
