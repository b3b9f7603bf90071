# shellcheck shell=sh
outputs() {
  output table_name "$(input name)"
  output table "$(input name)"            # its former name, until nobody reads it
  output stream "stream-$(id)"
  output connection "postgres://shop:$(input password)@$(id)/orders" true
}
